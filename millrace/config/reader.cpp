#include "millrace/config/reader.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/config/substitution.h"
#include "millrace/io/file.h"

namespace millrace {
namespace {

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

std::string absolute_of(const std::string& path) { return std::filesystem::absolute(path).lexically_normal().string(); }

}  // namespace

Reader::Reader(const ReadOptions& options, Config& out)
    : options_(options),
      out_(out),
      budget_(options.limits),
      evaluator_(budget_, heap_,
                 [this](const std::string& name) {
                   auto value = options_.environment ? options_.environment(name) : process_environment(name);
                   if (value) out_.environment[name] = *value;
                   return value;
                 }),
      search_path_(options.search_path) {
  const auto more =
      options.environment ? options.environment("MILLRACE_CONFIG_PATH") : process_environment("MILLRACE_CONFIG_PATH");
  if (!more) return;
  for (std::string& folder : split(*more, ':'))
    if (!folder.empty()) search_path_.push_back(std::move(folder));
}

void Reader::file(const std::string& path) {
  const Config::Format format = Config::format_of(path);
  const Path at{path, absolute_of(path)};
  start(load(at, Place()), format, at);
}

void Reader::text(std::string text, Config::Format format, const std::string& name) {
  const Path at{name, absolute_of(name)};
  budget_.file(Place(name));
  start(Source(name, std::move(text)), format, at);
}

void Reader::start(Source source, Config::Format format, const Path& path) {
  if (format == Config::Format::python)
    if (auto module = parsed_new_style(source)) return finish(new_style(std::move(module), path));
  finish(classic(std::move(source), format, path));
}

Source Reader::load(const Path& path, const Place& asked_from) {
  const Place place = asked_from.known() ? asked_from : Place(path.shown);
  const std::string named = asked_from.known() ? fmt::format("the base '{}'", path.shown) : std::string("this file");
  budget_.file(place);
  std::error_code ignored;
  const auto status = std::filesystem::status(path.absolute, ignored);
  if (!std::filesystem::exists(status)) {
    Error error(place, fmt::format("{} does not exist", named));
    std::vector<std::string> beside;
    const auto folder = std::filesystem::path(path.absolute).parent_path();
    for (auto it = std::filesystem::directory_iterator(folder, ignored); it != std::filesystem::directory_iterator();
         it.increment(ignored)) {
      if (beside.size() < 1000) beside.push_back(it->path().filename().string());
      if (ignored) break;
    }
    const std::string name = std::filesystem::path(path.absolute).filename().string();
    if (const auto near = nearest(name, beside))
      error.help((std::filesystem::path(path.shown).parent_path() / *near).string());
    throw error;
  }
  if (!std::filesystem::is_regular_file(status)) throw Error(place, fmt::format("{} is not a regular file", named));
  const auto size = static_cast<int64_t>(std::filesystem::file_size(path.absolute, ignored));
  if (size > budget_.limits().file_bytes)
    throw Error(place,
                fmt::format("{} has {} bytes; a config has at most {}", named, size, budget_.limits().file_bytes));
  try {
    return Source(path.shown, io::read_file(path.absolute, budget_.limits().file_bytes));
  } catch (const Error& error) {
    if (error.place().line() > 0) throw;
    throw Error(place, named + " " + error.summary());
  }
}

namespace {

/// While a file is read, an imported module is told from what is imported from it; the tree has paths alone. A module
/// as a value is written as MMEngine writes it.
void finish_symbols(Value& value) {
  if (value.is_symbol()) {
    const Symbol& symbol = value.as_symbol();
    const bool is_module = dynamic_cast<const py::ImportedModule*>(symbol.body.get()) != nullptr;
    const Place place = value.place();
    value = Value(Symbol{is_module ? symbol.path + "." + symbol.path : symbol.path}).set_place(place);
  } else if (value.is_dict()) {
    for (Dict::Entry& entry : value.as_dict().entries()) finish_symbols(entry.value);
  } else if (value.is_sequence()) {
    for (Value& item : value.items()) finish_symbols(item);
  }
}

constexpr const char* kReserved[] = {"filename", "text", "pretty_text", "env_variables"};

}  // namespace

void Reader::finish(Tree tree) {
  for (const std::string& name : tree.imported) tree.dict.as_dict().erase(name);
  finish_symbols(tree.dict);
  for (const char* reserved : kReserved)
    if (const Dict::Entry* entry = tree.dict.as_dict().entry(reserved))
      throw Error(entry->key.place(), fmt::format("'{}' is reserved and cannot be a key of a config", reserved));
  tree.dict.set_place(Place(out_.filename));
  out_.tree = std::move(tree.dict);
  out_.read_names = std::move(tree.read);
  out_.inherited_names = std::move(tree.inherited);
  out_.steps = budget_.steps_used();
}

Value Reader::rebuilt(const Value& value, const Value* base, int depth) {
  budget_.steps(1, value.place());
  if (value.is_string()) return rebuilt_text(value, base, depth);
  if (!value.is_dict() && !value.is_sequence()) return value;
  if (depth > Limits::kNesting)
    throw Error(value.place(), fmt::format("the config is nested deeper than {}", Limits::kNesting));
  if (value.is_dict()) {
    Value out = Value::dict().set_place(value.place());
    Dict& dict = out.as_dict();
    dict.mark_config();
    for (const auto& [key, item] : value.as_dict()) {
      // A tuple as a key is a list of the heap, too.
      if (key.is_sequence()) dict.set(rebuilt(key, nullptr, depth + 1), rebuilt(item, base, depth + 1));
      else dict.set(key, rebuilt(item, base, depth + 1));
    }
    return out;
  }
  Value::Items items;
  items.reserve(value.items().size());
  for (const Value& item : value.items()) items.push_back(rebuilt(item, base, depth + 1));
  Value out = value.kind() == Value::Kind::list    ? Value::list(std::move(items))
              : value.kind() == Value::Kind::tuple ? Value::tuple(std::move(items))
                                                   : Value::set(std::move(items));
  return std::move(out.set_place(value.place()));
}

Value Reader::rebuilt_text(const Value& value, const Value* base, int depth) {
  const std::string& text = value.as_string();
  budget_.bytes(static_cast<int64_t>(text.size()), value.place());
  if (!base || text.find(kBaseMarker) == std::string::npos) return value;
  if (!text.starts_with(kBaseMarker))
    throw Error(value.place(), "{{_base_.…}} is a whole value and cannot be part of a text");
  const Value* found = base;
  for (const std::string& key : split(text.substr(kBaseMarker.size()), '.')) {
    const Value* next = found->find(key);
    if (!next) throw Error(value.place(), fmt::format("the bases have no '{}'", text.substr(kBaseMarker.size())));
    found = next;
  }
  return rebuilt(*found, nullptr, depth);
}

}  // namespace millrace
