#include "millrace/cli/engine.h"

#include <dlfcn.h>

#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/base/process_settings.h"
#include "millrace/cli/libtorch.h"
#include "millrace/io/file.h"
#include "millrace/registry/scope_libraries.h"

namespace millrace {
namespace {

constexpr const char* kEngineFile = "libmillrace.so";

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

/// The scope that the file of a zoo library is named after: mmpretrain of libmillrace_zoo_classification.mmpretrain.so;
/// "" of another file.
std::string scope_of_zoo(std::string_view file) {
  constexpr std::string_view kPrefix = "libmillrace_zoo_", kEnding = ".so";
  if (!file.starts_with(kPrefix) || !file.ends_with(kEnding)) return {};
  file.remove_suffix(kEnding.size());
  const size_t dot = file.find('.');
  return dot == std::string_view::npos ? std::string() : std::string(file.substr(dot + 1));
}

void load_zoo(const std::string& path, const std::string& scope) {
  const std::string failure = try_to_load(path);
  if (failure.empty()) return;
  const std::string before_reason = path + ": ";
  throw Error(Place(path), "the library of the scope '" + scope + "' can't be loaded")
      .note(failure.starts_with(before_reason) ? failure.substr(before_reason.size()) : failure)
      .note("build or install it again, or remove the file");
}

/// A zoo library is loaded when a config first names its scope: the file says which that is.
void offer_zoos(const std::string& folder) {
  for (const io::FolderEntry& entry : io::list_folder(folder)) {
    const std::string scope = entry.is_folder ? std::string() : scope_of_zoo(entry.name);
    if (scope.empty()) continue;
    ScopeLibraries::instance().offer(scope, [path = folder + "/" + entry.name, scope] { load_zoo(path, scope); });
  }
}

/// A build knows the place of its libtorch; an installed engine is told, or finds it.
void load_engine_library(const std::string& folder, const std::string& path) {
  std::string failure = try_to_load(path);
  if (failure.empty()) return;
  const bool lacks_libtorch = failure.starts_with("libtorch") || failure.starts_with("libc10") ||
                              failure.find("undefined symbol") != std::string::npos;  // another version was in the way
  if (lacks_libtorch) {
    load_libtorch(std::filesystem::path(folder).parent_path());
    failure = try_to_load(path);
  }
  if (!failure.empty()) throw Error("the engine can't be loaded").note(failure);
}

void load_engine() {
  set_spin_count();
  const std::string folder = folder_of_core();
  const std::string path = folder.empty() ? kEngineFile : folder + "/" + kEngineFile;
  load_engine_library(folder, path);
  if (!installed_engine().train) throw Error(Place(path), "this is not the engine of this command");
  if (!folder.empty()) offer_zoos(folder);
}

}  // namespace

void install_engine(const EngineTable& table) {
  EngineTable& all = installed_engine();
  const auto add = [](auto& entry, auto given) {
    if (given) entry = given;
  };
  add(all.train, table.train);
  add(all.lr_find, table.lr_find);
  add(all.test, table.test);
  add(all.predict, table.predict);
  add(all.environment, table.environment);
  add(all.check, table.check);
  add(all.summary, table.summary);
  add(all.eval_file, table.eval_file);
  add(all.eval_results, table.eval_results);
  add(all.lr, table.lr);
  add(all.check_data, table.check_data);
  add(all.write_averages, table.write_averages);
}

const EngineTable& engine() {
  if (!installed_engine().train) load_engine();
  return installed_engine();
}

}  // namespace millrace
