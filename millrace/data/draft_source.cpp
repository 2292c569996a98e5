#include "millrace/data/draft_source.h"

#include <fmt/format.h>

namespace millrace {

void note_change(const State& state, const char* key, int64_t now, const char* text,
                 std::vector<std::string>& notices) {
  const State* then = state.find(key);
  if (then && then->integer() != now)
    notices.push_back(fmt::format("{} was {}, and is {}", text, then->integer(), now));
}

}  // namespace millrace
