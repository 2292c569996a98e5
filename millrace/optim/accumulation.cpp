#include "millrace/optim/accumulation.h"

#include <fmt/format.h>

#include "millrace/base/error.h"

namespace millrace {

Accumulation::Accumulation(int64_t counts) : Accumulation(Schedule{{0, counts}}, Unit::updates) {}

Accumulation::Accumulation(Schedule schedule, Unit unit) : schedule_(std::move(schedule)), unit_(unit) {
  for (const auto& [begin, counts] : schedule_)
    if (counts < 1) throw Error(fmt::format("accumulative_counts must be at least 1, got {}", counts));
}

void Accumulation::begin(int64_t done, int64_t max, int64_t epoch_length) {
  if (unit_ == Unit::epochs && epoch_length < 1)
    throw Error("accumulative_by_epoch needs epochs of a known length, and the training data have no end")
        .help("optim_wrapper.accumulative_by_epoch=False counts iterations");
  done_ = done;
  max_ = max;
  epoch_length_ = epoch_length;
}

Accumulation::Part Accumulation::part_of(int64_t done) const {
  const int64_t unit = unit_ == Unit::updates ? 1 : epoch_length_;
  Part part{.counts = schedule_[0].second};
  for (size_t i = 1; i < schedule_.size() && unit > 0; ++i) {
    const int64_t begin = schedule_[i].first * unit;
    if (begin > done) {
      part.end = begin;
      break;
    }
    part = {.begin = begin, .counts = schedule_[i].second};
  }
  if (max_ > done && (part.end < 0 || max_ < part.end)) part.end = max_;
  return part;
}

bool Accumulation::is_closing() const {
  const Part part = part_of(done_);
  return (done_ + 1 - part.begin) % part.counts == 0 || done_ + 1 == part.end;
}

double Accumulation::divisor() const {
  const Part part = part_of(done_);
  const int64_t rest = part.end < 0 ? 0 : (part.end - part.begin) % part.counts;
  const bool is_in_rest = rest > 0 && done_ >= part.end - rest;
  return static_cast<double>(is_in_rest ? rest : part.counts);
}

int64_t Accumulation::group_begin(int64_t done) const {
  if (done == max_) return done;
  const Part part = part_of(done);
  return done - (done - part.begin) % part.counts;
}

}  // namespace millrace
