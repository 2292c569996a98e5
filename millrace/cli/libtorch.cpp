#include "millrace/cli/libtorch.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/io/file.h"

namespace millrace {

namespace {

namespace fs = std::filesystem;

bool holds_libtorch(const fs::path& folder) {
  std::error_code failure;
  return fs::exists(folder / "lib" / "libtorch_cpu.so", failure);
}

/// `<environment>/lib/python3.N/{site,dist}-packages/torch`, the newest Python first.
void add_of_python(const fs::path& environment, std::vector<fs::path>& found) {
  std::vector<fs::path> here;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(environment / "lib", failure)) {
    if (!entry.path().filename().string().starts_with("python3")) continue;
    for (const char* packages : {"site-packages", "dist-packages"}) here.push_back(entry.path() / packages / "torch");
  }
  std::sort(here.rbegin(), here.rend());
  found.insert(found.end(), here.begin(), here.end());
}

std::string text_between(std::string_view text, std::string_view before, char end) {
  const size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  const size_t from = begin + before.size();
  return std::string(text.substr(from, text.find(end, from) - from));
}

std::string without_variant(std::string_view version) { return std::string(version.substr(0, version.find('+'))); }

}  // namespace

const char* built_with_libtorch() { return MILLRACE_TORCH_VERSION; }

std::vector<fs::path> libtorch_candidates(const fs::path& prefix) {
  std::vector<fs::path> found;
  if (const char* named = std::getenv("MILLRACE_TORCH"); named && *named) {
    found.emplace_back(named);
    add_of_python(named, found);
  }
  const fs::path note = prefix / "share" / "millrace" / "libtorch";
  std::error_code failure;
  if (fs::exists(note, failure)) found.emplace_back(trim(io::read_file(note.string())));
  found.push_back(prefix / "libtorch");
  if (const char* environment = std::getenv("VIRTUAL_ENV"); environment && *environment)
    add_of_python(environment, found);
  if (const char* home = std::getenv("HOME"); home && *home) add_of_python(fs::path(home) / ".local", found);
  add_of_python("/usr/local", found);
  add_of_python("/usr", found);
  std::erase_if(found, [](const fs::path& folder) { return !holds_libtorch(folder); });
  return found;
}

std::string libtorch_version(const fs::path& folder) {
  std::error_code failure;
  if (fs::exists(folder / "version.py", failure))  // of a Python package
    return without_variant(text_between(io::read_file((folder / "version.py").string()), "__version__ = '", '\''));
  if (fs::exists(folder / "build-version", failure))  // of the C++ archive
    return without_variant(trim(io::read_file((folder / "build-version").string())));
  return {};
}

void load_libtorch(const fs::path& prefix) {
  Error refused(std::string("libtorch ") + built_with_libtorch() + " is not found");
  for (const fs::path& folder : libtorch_candidates(prefix)) {
    const std::string version = libtorch_version(folder);
    if (version != without_variant(built_with_libtorch())) {
      refused.note(folder.string() + " has version " + (version.empty() ? "unknown" : version));
      continue;
    }
    for (const char* name : {"libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so"}) {
      const fs::path library = folder / "lib" / name;
      std::error_code failure;
      if (!fs::exists(library, failure)) continue;
      if (dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL)) continue;
      const char* reason = dlerror();
      throw Error("libtorch can't be loaded").note(reason ? reason : library.string());
    }
    return;
  }
  throw std::move(refused.help(
      "export MILLRACE_TORCH=FOLDER (the one that holds lib/libtorch_cpu.so, or a Python environment that has torch of "
      "that version)"));
}

}  // namespace millrace
