#include "millrace/cli/engine.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/cli/libtorch.h"
#include "millrace/io/file.h"

namespace millrace {
namespace {

constexpr const char* kEngineFile = "libmillrace.so";
constexpr const char* kZooPrefix = "libmillrace_zoo_";

EngineTable& installed_engine() {
  static EngineTable table;
  return table;
}

std::string folder_of_core() {
  static const int inside = 0;  // an address in this library, whatever program loaded it
  Dl_info info{};
  MILLRACE_ASSERT(dladdr(&inside, &info) != 0 && info.dli_fname, "the core does not know its own file");
  return std::filesystem::path(info.dli_fname).parent_path().lexically_normal().string();
}

/// What kept the library from being loaded; "" if nothing did.
std::string try_to_load(const std::string& path) {
  // Global, since the zoo and plug-ins resolve against what is loaded; at once, so that a missing symbol is found here.
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL)) return {};
  const char* reason = dlerror();
  return reason ? reason : path;
}

void load_library(const std::string& path) {
  const std::string failure = try_to_load(path);
  if (!failure.empty()) throw Error("the engine can't be loaded").note(failure);
}

/// A build knows the place of its libtorch; an installed engine is told, or finds it.
void load_engine_library(const std::string& folder, const std::string& path) {
  const std::string failure = try_to_load(path);
  if (failure.empty()) return;
  const bool lacks_libtorch = failure.starts_with("libtorch") || failure.starts_with("libc10") ||
                              failure.find("undefined symbol") != std::string::npos;  // another version was in the way
  if (!lacks_libtorch) throw Error("the engine can't be loaded").note(failure);
  load_libtorch(std::filesystem::path(folder).parent_path());
  load_library(path);
}

void load_engine() {
  // libgomp reads it once, when it is loaded: with its default the threads of an operator spin beside busy loader
  // threads.
  setenv("GOMP_SPINCOUNT", "10000", /*overwrite=*/0);
  const std::string folder = folder_of_core();
  const std::string path = folder.empty() ? kEngineFile : folder + "/" + kEngineFile;
  load_engine_library(folder, path);
  if (!installed_engine().train) throw Error(Place(path), "this is not the engine of this command");
  if (folder.empty()) return;
  for (const io::FolderEntry& entry : io::list_folder(folder))
    if (!entry.is_folder && entry.name.starts_with(kZooPrefix) && entry.name.ends_with(".so"))
      load_library(folder + "/" + entry.name);
}

}  // namespace

void install_engine(const EngineTable& table) {
  EngineTable& all = installed_engine();
  const auto add = [](auto& entry, auto given) {
    if (given) entry = given;
  };
  add(all.train, table.train);
  add(all.test, table.test);
  add(all.predict, table.predict);
  add(all.environment, table.environment);
  add(all.check, table.check);
  add(all.summary, table.summary);
}

const EngineTable& engine() {
  if (!installed_engine().train) load_engine();
  return installed_engine();
}

}  // namespace millrace
