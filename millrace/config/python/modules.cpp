#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/config/python/library.h"
#include "millrace/config/python/numbers.h"

namespace millrace::py {
namespace {

// Of Python's standard library only these modules mean anything in a config; the others are known by name, since an
// import of one of them does not make a file new-style.
constexpr auto kStandardModules = std::to_array<std::string_view>(
    {"abc",         "argparse",   "ast",       "base64",   "bisect",      "builtins",   "calendar",
     "collections", "contextlib", "copy",      "csv",      "dataclasses", "datetime",   "decimal",
     "enum",        "fractions",  "functools", "getpass",  "glob",        "hashlib",    "importlib",
     "inspect",     "io",         "itertools", "json",     "logging",     "math",       "multiprocessing",
     "numbers",     "operator",   "os",        "pathlib",  "pickle",      "pkgutil",    "platform",
     "pprint",      "random",     "re",        "shutil",   "socket",      "statistics", "string",
     "subprocess",  "sys",        "tempfile",  "textwrap", "threading",   "time",       "traceback",
     "types",       "typing",     "urllib",    "uuid",     "warnings"});
static_assert(std::is_sorted(kStandardModules.begin(), kStandardModules.end()));

double real(Evaluator& evaluator, Arguments& args, const char* function) {
  const Value& value = *args.bind(evaluator, function, {"x"}, 1)[0];
  if (is_numeric(value)) return float_of(evaluator, value, args.offset);
  evaluator.fail(args.offset, fmt::format("{}() needs a number, got {}", function, with_article(value)));
}

double finite(Evaluator& evaluator, Arguments& args, const char* function, double result) {
  if (!std::isfinite(result)) evaluator.fail(args.offset, fmt::format("{}() has no value there", function));
  return result;
}

Value whole(Evaluator& evaluator, Arguments& args, const char* function, double (*rounding)(double)) {
  const Value& value = *args.bind(evaluator, function, {"x"}, 1)[0];
  if (is_int(value)) return Value::integer(integer_of(value));
  return new_integer(evaluator, rounding(real(evaluator, args, function)), function, args.offset);
}

Value math_floor(Evaluator& e, Arguments& a) {
  return whole(e, a, "floor", [](double x) { return std::floor(x); });
}
Value math_ceil(Evaluator& e, Arguments& a) {
  return whole(e, a, "ceil", [](double x) { return std::ceil(x); });
}
Value math_trunc(Evaluator& e, Arguments& a) {
  return whole(e, a, "trunc", [](double x) { return std::trunc(x); });
}
Value math_sqrt(Evaluator& e, Arguments& a) { return finite(e, a, "sqrt", std::sqrt(real(e, a, "sqrt"))); }
Value math_exp(Evaluator& e, Arguments& a) { return finite(e, a, "exp", std::exp(real(e, a, "exp"))); }
Value math_log2(Evaluator& e, Arguments& a) { return finite(e, a, "log2", std::log2(real(e, a, "log2"))); }
Value math_log10(Evaluator& e, Arguments& a) { return finite(e, a, "log10", std::log10(real(e, a, "log10"))); }
Value math_sin(Evaluator& e, Arguments& a) { return finite(e, a, "sin", std::sin(real(e, a, "sin"))); }
Value math_cos(Evaluator& e, Arguments& a) { return finite(e, a, "cos", std::cos(real(e, a, "cos"))); }
Value math_tan(Evaluator& e, Arguments& a) { return finite(e, a, "tan", std::tan(real(e, a, "tan"))); }
Value math_fabs(Evaluator& e, Arguments& a) { return std::fabs(real(e, a, "fabs")); }
Value math_isnan(Evaluator& e, Arguments& a) { return std::isnan(real(e, a, "isnan")); }
Value math_isinf(Evaluator& e, Arguments& a) { return std::isinf(real(e, a, "isinf")); }
Value math_radians(Evaluator& e, Arguments& a) { return real(e, a, "radians") * (std::numbers::pi / 180); }
Value math_degrees(Evaluator& e, Arguments& a) { return real(e, a, "degrees") * (180 / std::numbers::pi); }

Value math_log(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "log", {"x", "base"}, 1);
  const auto log_of = [&](const Value& value) {
    Arguments one{{value}, {}, args.offset};
    return finite(evaluator, args, "log", std::log(real(evaluator, one, "log")));
  };
  const double result = log_of(*bound[0]);
  return bound[1] ? finite(evaluator, args, "log", result / log_of(*bound[1])) : result;
}

Value math_pow(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "pow", {"x", "y"}, 2);
  return evaluator.binary(Op::power, evaluator.binary(Op::multiply, *bound[0], Value(1.0), args.offset), *bound[1],
                          args.offset);
}

Value math_gcd(Evaluator& evaluator, Arguments& args) {
  Value result(0);
  for (const Value& value : args.positional) {
    if (!is_int(value)) evaluator.fail(args.offset, fmt::format("gcd() needs ints, got {}", with_article(value)));
    // Euclid's algorithm.
    for (Value rest = value; rest.is_true();)
      std::swap(result, rest), rest = *arithmetic(evaluator, Op::modulo, rest, result, args.offset);
  }
  const BigInteger size = integer_of(result);
  return Value::integer(size.is_negative() ? -size : size);
}

Value math_prod(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "prod", {"iterable", "start"}, 1);
  Value total = bound[1] ? *bound[1] : Value(int64_t{1});
  for (const Value& item : evaluator.iterate(*bound[0], args.offset))
    total = evaluator.binary(Op::multiply, total, item, args.offset);
  return total;
}

Value copy_copy(Evaluator& evaluator, Arguments& args) {
  return evaluator.copy_shallow(*args.bind(evaluator, "copy", {"x"}, 1)[0], args.offset);
}

Value copy_deepcopy(Evaluator& evaluator, Arguments& args) {
  return evaluator.copy_deep(*args.bind(evaluator, "deepcopy", {"x"}, 1)[0], args.offset);
}

const std::string& path_argument(Evaluator& evaluator, const Value& value, const char* function, uint32_t offset) {
  if (!value.is_string())
    evaluator.fail(offset, fmt::format("{}() needs a str, got {}", function, with_article(value)));
  return value.as_string();
}

Value path_join(Evaluator& evaluator, Arguments& args) {
  std::string out;
  for (size_t i = 0; i < args.positional.size(); ++i) {
    const std::string& part = path_argument(evaluator, args.positional[i], "join", args.offset);
    evaluator.charge_text(part.size(), args.offset);
    if (i == 0 || part.starts_with('/')) out = part;
    else out += (out.empty() || out.ends_with('/') ? "" : "/") + part;
  }
  return out;
}

size_t end_of_folder(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? 0 : slash + 1;
}

Value path_dirname(Evaluator& evaluator, Arguments& args) {
  const std::string& path =
      path_argument(evaluator, *args.bind(evaluator, "dirname", {"p"}, 1)[0], "dirname", args.offset);
  std::string head = path.substr(0, end_of_folder(path));
  const size_t last = head.find_last_not_of('/');
  return last == std::string::npos ? head : head.substr(0, last + 1);
}

Value path_basename(Evaluator& evaluator, Arguments& args) {
  const std::string& path =
      path_argument(evaluator, *args.bind(evaluator, "basename", {"p"}, 1)[0], "basename", args.offset);
  return path.substr(end_of_folder(path));
}

size_t begin_of_extension(const std::string& path) {
  const size_t name = end_of_folder(path);
  const size_t first = path.find_first_not_of('.', name);
  const size_t dot = path.rfind('.');
  return dot == std::string::npos || first == std::string::npos || dot < first ? path.size() : dot;
}

Value path_splitext(Evaluator& evaluator, Arguments& args) {
  const std::string& path =
      path_argument(evaluator, *args.bind(evaluator, "splitext", {"p"}, 1)[0], "splitext", args.offset);
  const size_t dot = begin_of_extension(path);
  return evaluator.new_tuple({Value(path.substr(0, dot)), Value(path.substr(dot))}, args.offset);
}

Value path_split(Evaluator& evaluator, Arguments& args) {
  return evaluator.new_tuple({path_dirname(evaluator, args), path_basename(evaluator, args)}, args.offset);
}

Value os_getenv(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "getenv", {"key", "default"}, 1);
  const std::string& name = path_argument(evaluator, *bound[0], "getenv", args.offset);
  if (const auto value = evaluator.environment(name)) return *value;
  return bound[1] ? *bound[1] : Value();
}

using Attributes = std::map<std::string, Value, std::less<>>;

Value module_function(std::string path, Value (*call)(Evaluator&, Arguments&)) {
  auto body = std::make_shared<Builtin>();
  body->call = call;
  return Value(Symbol{std::move(path), std::move(body)});
}

const std::map<std::string, Attributes, std::less<>>& module_table() {
  static const std::map<std::string, Attributes, std::less<>> table = [] {
    std::map<std::string, Attributes, std::less<>> made;
    const auto add = [&](const char* module, const char* name, Value (*call)(Evaluator&, Arguments&)) {
      made[module].emplace(name, module_function(std::string(module) + "." + name, call));
    };
    add("copy", "copy", copy_copy);
    add("copy", "deepcopy", copy_deepcopy);
    add("math", "floor", math_floor);
    add("math", "ceil", math_ceil);
    add("math", "trunc", math_trunc);
    add("math", "sqrt", math_sqrt);
    add("math", "exp", math_exp);
    add("math", "log", math_log);
    add("math", "log2", math_log2);
    add("math", "log10", math_log10);
    add("math", "sin", math_sin);
    add("math", "cos", math_cos);
    add("math", "tan", math_tan);
    add("math", "fabs", math_fabs);
    add("math", "isnan", math_isnan);
    add("math", "isinf", math_isinf);
    add("math", "radians", math_radians);
    add("math", "degrees", math_degrees);
    add("math", "pow", math_pow);
    add("math", "gcd", math_gcd);
    add("math", "prod", math_prod);
    made["math"].emplace("pi", Value(std::numbers::pi));
    made["math"].emplace("e", Value(std::numbers::e));
    made["math"].emplace("inf", Value(HUGE_VAL));
    made["math"].emplace("nan", Value(std::nan("")));
    add("os.path", "join", path_join);
    add("os.path", "dirname", path_dirname);
    add("os.path", "basename", path_basename);
    add("os.path", "splitext", path_splitext);
    add("os.path", "split", path_split);
    made["os.path"].emplace("sep", Value("/"));
    made["os"].emplace("path", standard_module("os.path"));
    made["os"].emplace("sep", Value("/"));
    made["os"].emplace("environ", Value(Symbol{"os.environ", std::make_shared<StandardModule>()}));
    made["os"].emplace("getenv", module_function("os.getenv", os_getenv));
    made["os.environ"].emplace("get", module_function("os.environ.get", os_getenv));
    made["collections"].emplace("OrderedDict", *find_builtin("dict"));
    return made;
  }();
  return table;
}

}  // namespace

bool is_standard_module(std::string_view first_name) {
  return std::binary_search(kStandardModules.begin(), kStandardModules.end(), first_name);
}

Value standard_module(const std::string& path) { return Value(Symbol{path, std::make_shared<StandardModule>()}); }

std::optional<Value> module_attribute(const std::string& module, std::string_view name) {
  const auto found = module_table().find(module);
  if (found == module_table().end()) return std::nullopt;
  const auto attribute = found->second.find(name);
  if (attribute == found->second.end()) return std::nullopt;
  return attribute->second;
}

}  // namespace millrace::py
