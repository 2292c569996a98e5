#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "millrace/config/config.h"
#include "millrace/config/dump.h"
#include "millrace/config/json.h"
#include "millrace/io/atomic_file.h"
#include "millrace/io/file.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

/// A Python that has MMEngine: $MILLRACE_MMENGINE_PYTHON, or the one that tools/mmengine_python made; "" if there is
/// none.
std::string python_with_mmengine() {
  const char* named = std::getenv("MILLRACE_MMENGINE_PYTHON");
  for (const std::string& python : {std::string(named ? named : ""), source_path("/build/mmengine/bin/python3")})
    if (!python.empty() && run_process({python, "-c", "import mmengine.config"}).exit_code == 0) return python;
  return {};
}

/// A tree in the form of mmengine_trees.py.
Value tagged(const Value& value) {
  const auto all = [](const Value& sequence) {
    Value list = Value::list({});
    for (const Value& item : sequence.items()) list.items().push_back(tagged(item));
    return list;
  };
  const auto tag = [](const char* name, Value content) {
    Value dict = Value::dict();
    dict.as_dict().set(name, std::move(content));
    return dict;
  };
  if (value.is_dict()) {
    Value dict = Value::dict();
    for (const auto& [key, item] : value.as_dict())
      dict.as_dict().set(key.is_string() ? key.as_string() : "(key) " + to_python_expression(key), tagged(item));
    return dict;
  }
  if (value.kind() == Value::Kind::tuple) return tag("(tuple)", all(value));
  if (value.kind() == Value::Kind::set) return tag("(set)", all(value));
  if (value.is_sequence()) return all(value);
  if (value.is_symbol()) return Value(value.as_symbol().path);  // a dump says it as text
  if (value.is_number() && !std::isfinite(value.as_number())) return tag("(float)", Value(value.repr()));
  return value;
}

TEST(Dump, IsReadByMMEngineToTheSameTree) {
  const char* shared = std::getenv("MILLRACE_SHARED");
  const fs::path archives = fs::path(shared ? shared : "../shared") / "golden/configs";
  if (!fs::exists(archives)) GTEST_SKIP() << "needs the public configs of MILLRACE_SHARED";
  const std::string python = python_with_mmengine();
  if (python.empty()) GTEST_SKIP() << "needs MILLRACE_MMENGINE_PYTHON, or the Python of tools/mmengine_python";

  const ScratchFolder folder;
  std::mt19937 random(20240613);
  std::vector<std::string> dumps, sources;
  for (const std::string repository : {"mmpretrain", "mmdetection", "mmsegmentation", "mmpose", "restyled"}) {
    for (const char* end : {".sources.tar.xz", ".tar.xz"}) {
      const fs::path into = folder.path() / (end[1] == 's' ? "sources" : "trees");
      fs::create_directories(into);
      const auto done = run_process({"tar", "-xJf", (archives / (repository + end)).string(), "-C", into.string()});
      ASSERT_EQ(done.exit_code, 0) << done.error;
    }
  }
  const auto source_tree = [&](const std::string& path) {
    ReadOptions options;
    if (path.find("/restyled/") != std::string::npos) options.search_path = {folder / "sources/restyled"};
    return Config::from_file(path, options).tree;
  };
  for (const std::string repository : {"mmpretrain", "mmdetection", "mmsegmentation", "mmpose", "restyled"}) {
    const std::string manifest = folder / ("trees/" + repository + "/_manifest.json");
    std::vector<std::string> names;
    const Value entries = read_json(io::read_file(manifest), manifest);
    for (const auto& [name, entry] : entries.as_dict())
      if (const Value* ok = entry.find("ok"); ok && ok->as_bool()) names.push_back(name.as_string());
    std::shuffle(names.begin(), names.end(), random);
    ASSERT_GE(names.size(), 40u);
    for (size_t i = 0; i < 40; ++i) {
      sources.push_back(folder / ("sources/" + repository + "/" + names[i]));
      dumps.push_back(folder / ("dump_" + std::to_string(dumps.size()) + ".py"));
      io::write_atomically(dumps.back(), to_python(source_tree(sources.back())));
    }
  }
  ASSERT_EQ(dumps.size(), 200u);

  std::vector<std::string> command{python, source_path("/tests/config/mmengine_trees.py")};
  command.insert(command.end(), dumps.begin(), dumps.end());
  const auto read = run_process(command);
  ASSERT_EQ(read.exit_code, 0) << read.error;
  for (size_t i = 0; i < dumps.size(); ++i) {
    const std::string theirs = io::read_file(fs::path(dumps[i]).replace_extension(".tree").string());
    EXPECT_EQ(to_canonical_json(tagged(source_tree(sources[i]))), theirs) << sources[i];
  }
}

}  // namespace
}  // namespace millrace
