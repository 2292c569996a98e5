#include <fmt/format.h>

#include <deque>
#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/config/packages.h"
#include "millrace/config/python/library.h"
#include "millrace/config/reader.h"
#include "millrace/config/reader_chain.h"

namespace millrace {
namespace {

bool assigns_base(const py::Stmt& statement) {
  if (statement.kind != py::StmtKind::assign) return false;
  const py::Expr& target = *static_cast<const py::Assign&>(statement).targets[0];
  return target.kind == py::ExprKind::name && static_cast<const py::Name&>(target).id == "_base_";
}

bool is_own_module(std::string_view module) {
  return py::is_standard_module(module.substr(0, module.find('.'))) || module.starts_with("mmengine.config");
}

}  // namespace

bool is_new_style(const py::Module& module) {
  // Breadth first: the first statement that decides, those at the top before those inside of others.
  std::deque<const py::Stmt*> queue(module.body.begin(), module.body.end());
  const auto add = [&](std::span<const py::Stmt* const> body) { queue.insert(queue.end(), body.begin(), body.end()); };
  while (!queue.empty()) {
    const py::Stmt& statement = *queue.front();
    queue.pop_front();
    if (assigns_base(statement)) return false;
    switch (statement.kind) {
      case py::StmtKind::with_read_base:
        return true;
      case py::StmtKind::import_from: {
        const auto& from = static_cast<const py::ImportFrom&>(statement);
        if (from.level > 0) return true;
        if (from.module == "mmengine" && from.names.size() == 1 && from.names[0].name == "Config") break;
        if (!is_own_module(from.module)) return true;
        break;
      }
      case py::StmtKind::import:
        for (const py::ImportedName& name : static_cast<const py::Import&>(statement).names)
          if (!is_own_module(name.name)) return true;
        break;
      case py::StmtKind::branch:
        for (const auto& branch : static_cast<const py::Branch&>(statement).cases) add(branch.body);
        break;
      case py::StmtKind::for_loop:
        add(static_cast<const py::ForLoop&>(statement).body);
        add(static_cast<const py::ForLoop&>(statement).otherwise);
        break;
      case py::StmtKind::function:
        add(static_cast<const py::FunctionStmt&>(statement).function->body);
        break;
      default:
        break;
    }
  }
  return false;
}

std::shared_ptr<const py::Module> parsed_new_style(const Source& source) {
  if (source.text().find("import") == std::string_view::npos) return nullptr;
  try {
    auto module = py::parse(source);
    return is_new_style(*module) ? module : nullptr;
  } catch (const Error&) {
    // It may become Python when `{{…}}` has been replaced, which is done in classic files alone.
    if (source.text().find("{{") == std::string_view::npos) throw;
    return nullptr;
  }
}

Reader::Tree Reader::new_style(std::shared_ptr<const py::Module> module, const Path& path) {
  const Entered entered(*this, path, module->source.file());
  const Source& source = module->source;
  py::FileScope& scope = heap_.file(module);
  scope.new_style = true;
  Tree tree;
  scope.globals.set(Value("__file__"), Value(path.absolute));
  bool has_bases = false;
  for (const py::Stmt* statement : module->body) {
    if (assigns_base(*statement))
      throw Error(source.place(statement->offset),
                  "this file is in the new style (it imports, or is imported); `_base_` belongs to the classic one")
          .note("the two cannot be mixed along one chain");
    if (statement->kind != py::StmtKind::with_read_base) continue;
    if (has_bases) throw Error(source.place(statement->offset), "a file can have only one `with read_base():`");
    has_bases = true;
    bind_bases(static_cast<const py::WithReadBase&>(*statement), path, scope, tree);
  }
  evaluator_.run(scope);
  tree.imported.insert(scope.imported.begin(), scope.imported.end());
  for (auto& variable : scope.globals.variables()) {
    const std::string& name = variable.name.as_string();
    if (variable.was_read) tree.read.insert(name);
    if (variable.gone || name.starts_with("__")) continue;
    tree.dict.as_dict().set(variable.name, rebuilt(variable.value, nullptr));
  }
  tree.dict.as_dict().mark_config();
  return tree;
}

void Reader::bind_bases(const py::WithReadBase& block, const Path& path, py::FileScope& scope, Tree& tree) {
  const Source& source = scope.module->source;
  for (const py::Stmt* statement : block.body) {
    if (statement->kind == py::StmtKind::pass) continue;
    if (statement->kind != py::StmtKind::import_from)
      throw Error(source.place(statement->offset), "`with read_base():` can contain only `from … import …`");
    const auto& import = static_cast<const py::ImportFrom&>(*statement);
    const std::string module = std::string(static_cast<size_t>(import.level), '.') + std::string(import.module);
    auto found = scope.bases.find(module);
    if (found == scope.bases.end()) {
      Tree base = read_module(import, path, source);
      tree.imported.insert(base.imported.begin(), base.imported.end());
      tree.read.merge(base.read);
      found = scope.bases.emplace(module, std::move(base.dict)).first;
    }
    const Dict& names = found->second.as_dict();
    for (const py::ImportedName& imported : import.names) {
      if (imported.name == "*") {
        for (const auto& [key, value] : names) {
          scope.globals.set(key, value);
          tree.inherited.insert(key.as_string());
        }
        continue;
      }
      const Value* value = names.find(imported.name);
      if (!value) {
        std::vector<std::string> known;
        for (const auto& [key, unused] : names) known.push_back(key.as_string());
        throw Error(source.place(imported.offset),
                    fmt::format("{} has no name '{}'{}", module, imported.name, did_you_mean(imported.name, known)));
      }
      const std::string bound(imported.as.empty() ? imported.name : imported.as);
      const Dict::Entry* entry = names.entry(imported.name);
      scope.globals.set(Value(bound).set_place(entry->key.place()), *value);
      tree.inherited.insert(bound);
    }
  }
}

Reader::Tree Reader::read_module(const py::ImportFrom& statement, const Path& from, const Source& source) {
  const Place place = source.place(statement.offset);
  const Path path = module_path(statement, from, source);
  Source text = load(path, place);
  try {
    return new_style(py::parse(std::move(text)), path);
  } catch (Error& error) {
    throw error.note("read as a base of " + place.str());
  }
}

Reader::Path Reader::module_path(const py::ImportFrom& statement, const Path& from, const Source& source) const {
  const Place place = source.place(statement.offset);
  if (statement.module.empty()) throw Error(place, "`from . import x` is not read; write `from .x import *`");
  std::string file;
  for (char c : statement.module) file += c == '.' ? '/' : c;
  file += ".py";
  if (statement.level > 0) {
    std::string up;
    for (int i = 1; i < statement.level; ++i) up += "../";
    const auto beside = [&](const std::string& path) {
      return std::filesystem::path(path).parent_path() / (up + file);
    };
    return {beside(from.shown).lexically_normal().string(), beside(from.absolute).string()};
  }
  const size_t slash = file.find('/');
  if (slash == std::string::npos)
    throw Error(place, fmt::format("'{}' is a package, not a config; write `from {}.configs.name import *`",
                                   statement.module, statement.module));
  const std::string package = file.substr(0, slash);
  const PackageSearch search{search_path_, from.absolute};
  if (const auto found = search.module_file(package, file.substr(slash + 1))) return {*found, *found};
  throw Error(place, fmt::format("the package '{}' with {} was not found", package, file.substr(slash + 1)))
      .note("searched: " + join(search.folders()))
      .help("export MILLRACE_CONFIG_PATH=FOLDER (the one that holds the checkout)");
}

}  // namespace millrace
