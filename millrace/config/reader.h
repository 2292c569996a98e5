#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "millrace/config/config.h"
#include "millrace/config/python/evaluator.h"

namespace millrace {

/// Reads one config and all its bases. Used once.
class Reader {
 public:
  Reader(const ReadOptions& options, Config& out);

  void file(const std::string& path);
  void text(std::string text, Config::Format format, const std::string& name);

 private:
  /// A file's name as it is shown, and its absolute path, which still has the `..` that a config wrote.
  struct Path {
    std::string shown;
    std::string absolute;
  };
  /// The result of reading one file.
  struct Tree {
    Value dict = Value::dict();
    std::set<std::string, std::less<>> read;       // names that an expression read, here or in a base
    std::set<std::string, std::less<>> inherited;  // names that a base defines
    std::set<std::string, std::less<>> imported;   // new style: names that are not keys
  };
  struct Base {
    Path path;
    std::string scope;  // of `scope::path`, else empty
    Place place;        // of the text that names it
  };
  class Entered;

  void start(Source source, Config::Format format, const Path& path);
  Source load(const Path& path, const Place& asked_from);
  void finish(Tree tree);

  // classic_reader.cpp
  Tree classic(Source source, Config::Format format, const Path& path);
  Tree classic_python(std::shared_ptr<const py::Module> module, const Path& path);
  Tree classic_data(const Source& source, Config::Format format, const Path& path);
  Tree base_of(const Value& base, const Path& path);
  void read_base(const Base& base, Tree& all);
  Base resolve(const Value& written, const Path& from) const;
  Value base_list(const py::Module& module);
  Tree merged(Tree child, Tree base, bool base_changed);
  void take_deprecation(Dict& dict, const Path& path);

  // new_style_reader.cpp
  Tree new_style(std::shared_ptr<const py::Module> module, const Path& path);
  Tree read_module(const py::ImportFrom& statement, const Path& from, const Source& source);
  Path module_path(const py::ImportFrom& statement, const Path& from, const Source& source) const;
  void bind_bases(const py::WithReadBase& block, const Path& path, py::FileScope& scope, Tree& tree);

  /// Copies the result of an evaluation into a tree without sharing; markers of substitute_base_values are looked up in
  /// `base`.
  Value rebuilt(const Value& value, const Value* base, int depth = 0);
  Value rebuilt_text(const Value& value, const Value* base, int depth);

  const ReadOptions& options_;
  Config& out_;
  Budget budget_;
  py::Heap heap_;
  py::Evaluator evaluator_;
  std::vector<std::string> search_path_;
  std::vector<Path> chain_;  // the files that are being read
};

/// Whether a parsed file is in the new style: it has `read_base`, a relative import or an import of a module that is
/// not Python's own, before any assignment to `_base_`.
bool is_new_style(const py::Module& module);
/// The file parsed, if it is in the new style; null for a classic one.
std::shared_ptr<const py::Module> parsed_new_style(const Source& source);

}  // namespace millrace
