#pragma once

#include <string>

namespace millrace {

class Binder;
class Value;

/// "VERY_LOW" or 90, as configs write priorities. Adds a mistake to the binder for anything else.
int parse_priority(const Value& value, Binder& binder);
/// "VERY_LOW" for 90, "45" for a number without a name.
std::string priority_name(int priority);

}  // namespace millrace
