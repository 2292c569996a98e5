#include "millrace/optim/schedulers/group_values.h"

#include <algorithm>

#include "millrace/optim/schedulers/param_scheduler.h"

namespace millrace {

namespace {

State numbers_state(const std::vector<double>& values) {
  State list = State::list();
  for (const double value : values) list.push_back(value);
  return list;
}

}  // namespace

void GroupValues::settle(const ScheduleSpan& span) {
  const size_t groups = span.file_groups.size();
  in_file_ = given_.values();
  if (!given_.is_list()) in_file_.assign(groups, in_file_[0]);
  if (in_file_.size() != groups) throw ScheduleFacts::wrong_count(key_, in_file_.size(), groups);
  by_group_.assign(1 + *std::max_element(span.file_groups.begin(), span.file_groups.end()), 0.0);
  for (size_t i = groups; i-- > 0;) by_group_[span.file_groups[i]] = in_file_[i];
}

State GroupValues::given() const { return given_.is_list() ? numbers_state(given_.values()) : State(given_[0]); }

State GroupValues::by_file_group() const { return numbers_state(in_file_); }

}  // namespace millrace
