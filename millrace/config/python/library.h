#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/config/python/evaluator.h"

namespace millrace::py {

/// The widest field that formats, ljust() and their like fill.
inline constexpr size_t kWidestFormat = 1 << 20;

// What the language has built in: functions, methods and modules by name.

/// The meaning of a bare name that the file does not define; null if it has none.
const Value* find_builtin(std::string_view name);
std::vector<std::string> builtin_names();

/// copy, math, os, os.path, and any other module of Python's standard library, as a symbol.
bool is_standard_module(std::string_view first_name);
Value standard_module(const std::string& path);
std::optional<Value> module_attribute(const std::string& module, std::string_view name);

using Method = Value (*)(Evaluator&, Value self, Arguments&);
/// The method `name` of values of this kind, null if there is no such method. `is_config` tells the two kinds of dict
/// apart.
Method find_method(const Value& self, std::string_view name);
Method find_dict_method(std::string_view name, bool is_config);
Method find_list_method(std::string_view name);
Method find_tuple_method(std::string_view name);
Method find_set_method(std::string_view name);
Method find_string_method(std::string_view name);

}  // namespace millrace::py
