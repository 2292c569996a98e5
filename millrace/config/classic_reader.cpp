#include <fmt/format.h>

#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/config/json.h"
#include "millrace/config/merge.h"
#include "millrace/config/packages.h"
#include "millrace/config/reader.h"
#include "millrace/config/reader_chain.h"
#include "millrace/config/substitution.h"
#include "millrace/config/yaml.h"

namespace millrace {
namespace {

constexpr std::string_view kBase = "_base_";
constexpr std::string_view kDeprecation = "_deprecation_";

/// A base of another package: its types are looked up in that package's scope.
void add_scope(Value& value, const std::string& scope) {
  if (value.is_sequence()) {
    for (Value& item : value.items()) add_scope(item, scope);
    return;
  }
  if (!value.is_dict()) return;
  Dict& dict = value.as_dict();
  if (dict.find("type")) {
    const Value* present = dict.find("_scope_");
    if (!present || present->is_null())
      dict.set(Value("_scope_").set_place(value.place()), Value(scope).set_place(value.place()));
    return;
  }
  for (Dict::Entry& entry : dict.entries()) add_scope(entry.value, scope);
}

}  // namespace

Reader::Tree Reader::classic(Source source, Config::Format format, const Path& path) {
  const Entered entered(*this, path, source.file());
  if (source.text().find("{{") != std::string_view::npos) {
    substitute_file_variables(source, path.absolute);
    substitute_environment(
        source, [this](const std::string& name) { return evaluator_.environment(name); }, out_.environment);
    if (format != Config::Format::python) substitute_base_values(source);
  }
  if (format != Config::Format::python) return classic_data(source, format, path);
  return classic_python(py::parse(std::move(source)), path);
}

Reader::Tree Reader::classic_python(std::shared_ptr<const py::Module> module, const Path& path) {
  Tree base = base_of(base_list(*module), path);
  py::FileScope& scope = heap_.file(std::move(module));
  scope.globals.set(Value(std::string(kBase)), base.dict);
  evaluator_.forget_changes();
  evaluator_.run(scope);

  Tree child;
  for (auto& variable : scope.globals.variables()) {
    const std::string& name = variable.name.as_string();
    if (variable.was_read) child.read.insert(name);
    if (variable.gone || name == kBase || name.starts_with("__") || scope.imported.contains(name)) continue;
    if (variable.value.is_symbol() && (dynamic_cast<const py::UserFunction*>(variable.value.as_symbol().body.get()) ||
                                       dynamic_cast<const py::StandardModule*>(variable.value.as_symbol().body.get())))
      continue;
    child.dict.as_dict().set(variable.name, rebuilt(variable.value, nullptr));
  }
  take_deprecation(child.dict.as_dict(), path);
  return merged(std::move(child), std::move(base), evaluator_.changed());
}

Reader::Tree Reader::classic_data(const Source& source, Config::Format format, const Path& path) {
  Value read = format == Config::Format::json ? read_json(source) : read_yaml(source);
  if (read.is_null()) read = Value::dict();
  if (!read.is_dict()) throw Error(read.place(), fmt::format("a config is a dict, not a {}", read.kind_name()));
  for (const auto& [key, value] : read.as_dict())
    if (!key.is_string()) throw Error(key.place(), fmt::format("a top-level key is a str, not {}", key.repr()));
  const Value* bases = read.find(kBase);
  Tree base = base_of(bases ? *bases : Value::list(), path);
  Tree child;
  for (const auto& [key, value] : read.as_dict())
    if (key.as_string() != kBase && !key.as_string().starts_with("__"))
      child.dict.as_dict().set(key, rebuilt(value, &base.dict));
  take_deprecation(child.dict.as_dict(), path);
  return merged(std::move(child), std::move(base), false);
}

Value Reader::base_list(const py::Module& module) {
  for (const py::Stmt* statement : module.body) {
    if (statement->kind != py::StmtKind::assign) continue;
    const auto& assignment = static_cast<const py::Assign&>(*statement);
    const py::Expr& target = *assignment.targets[0];
    if (target.kind != py::ExprKind::name || static_cast<const py::Name&>(target).id != kBase || !assignment.value)
      continue;
    // The value is an expression of its own: it sees no name of the file.
    const std::shared_ptr<const py::Module> unowned(std::shared_ptr<void>(), &module);
    py::FileScope alone(unowned);
    return rebuilt(evaluator_.evaluate_alone(alone, *assignment.value), nullptr);
  }
  return Value::list();
}

Reader::Tree Reader::base_of(const Value& written, const Path& path) {
  Tree all;
  all.dict.as_dict().mark_config();
  const auto read_all = [&](const auto& self, const Value& value) -> void {
    if (value.is_string()) return read_base(resolve(value, path), all);
    if (!value.is_sequence())
      throw Error(value.place(), fmt::format("`_base_` is a path or a list of paths, not {}", value.repr()));
    for (const Value& item : value.items()) self(self, item);
  };
  read_all(read_all, written);
  return all;
}

Reader::Base Reader::resolve(const Value& written, const Path& from) const {
  Base base;
  base.place = written.place();
  const std::string& text = written.as_string();
  const size_t colons = text.find("::");
  if (colons == std::string::npos) {
    const auto beside = [&](const std::string& path) { return std::filesystem::path(path).parent_path() / text; };
    base.path = {beside(from.shown).lexically_normal().string(), beside(from.absolute).string()};
    return base;
  }
  base.scope = text.substr(0, colons);
  const std::string path = text.substr(colons + 2);
  if (!is_known_package(base.scope))
    throw Error(base.place, fmt::format("'{}' is not an OpenMMLab package{}", base.scope,
                                        did_you_mean(base.scope, known_packages())))
        .note("packages: " + join(known_packages()));
  const PackageSearch search{search_path_, from.absolute};
  const auto found = search.config_file(base.scope, path);
  if (!found)
    throw Error(base.place, fmt::format("the package '{}' with configs/{} was not found", base.scope, path))
        .note("searched: " + join(search.folders()))
        .help("export MILLRACE_CONFIG_PATH=FOLDER (the one that holds the checkout)");
  base.path = {*found, *found};
  return base;
}

void Reader::read_base(const Base& base, Tree& all) {
  const Config::Format format = Config::format_of(base.path.shown);
  Source source = load(base.path, base.place);
  if (format == Config::Format::python && parsed_new_style(source))
    throw Error(base.place, fmt::format("the base '{}' is in the new style (it imports), this file in the classic one",
                                        base.path.shown))
        .note("the two cannot be mixed along one chain");
  Tree tree;
  try {
    tree = classic(std::move(source), format, base.path);
  } catch (Error& error) {
    throw error.note("read as a base of " + base.place.str());
  }
  std::vector<std::string> twice;
  for (const auto& [key, value] : tree.dict.as_dict())
    if (all.dict.find(key.as_string())) twice.push_back(key.as_string());
  if (!twice.empty()) {
    const Dict::Entry* first = all.dict.as_dict().entry(twice[0]);
    const Dict::Entry* second = tree.dict.as_dict().entry(twice[0]);
    throw Error(base.place, fmt::format("two bases define {}", quoted_choice(twice)))
        .note(first->key.place().str())
        .note(second->key.place().str());
  }
  if (!base.scope.empty()) add_scope(tree.dict, base.scope);
  all.read.merge(tree.read);
  for (Dict::Entry& entry : tree.dict.as_dict().entries())
    all.dict.as_dict().set(std::move(entry.key), std::move(entry.value));
}

Reader::Tree Reader::merged(Tree child, Tree base, bool base_changed) {
  // What evaluation touched belongs to the heap; else the base, which nobody else has, becomes the result.
  if (base_changed) base.dict = rebuilt(base.dict, nullptr);
  for (const auto& [key, value] : base.dict.as_dict()) base.inherited.insert(key.as_string());
  base.read.merge(child.read);
  merge_into(base.dict.as_dict(), child.dict.as_dict());
  std::vector<std::string> hidden;
  for (const auto& [key, value] : base.dict.as_dict())
    if (key.is_string() && key.as_string().starts_with("__")) hidden.push_back(key.as_string());
  for (const std::string& key : hidden) base.dict.as_dict().erase(key);
  return base;
}

void Reader::take_deprecation(Dict& dict, const Path& path) {
  const Value* found = dict.find(kDeprecation);
  if (!found) return;
  std::string notice = fmt::format("{}: this config is deprecated", path.shown);
  if (const Value* expected = found->find("expected"); expected && expected->is_string())
    notice += fmt::format("; use {} instead", expected->as_string());
  if (const Value* reference = found->find("reference"); reference && reference->is_string())
    notice += fmt::format(" (see {})", reference->as_string());
  out_.notices.push_back(std::move(notice));
  dict.erase(kDeprecation);
}

}  // namespace millrace
