#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <map>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/config_commands.h"
#include "millrace/cli/config_request.h"
#include "millrace/cli/config_text.h"
#include "millrace/config/dump.h"
#include "millrace/io/atomic_file.h"
#include "millrace/io/file.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

struct FormatRequest : ConfigRequest {
  std::optional<Config::Format> format;  // none: of the output, else of the file
  std::optional<std::string> output;
  bool check = false;
  bool overwrite = false;

  bool output_is_folder() const {
    std::error_code ignored;
    return output && (output->ends_with('/') || fs::is_directory(*output, ignored));
  }
  Config::Format format_for(const std::string& file) const {
    if (format) return *format;
    return Config::format_of(output && !output_is_folder() ? *output : file);
  }
};

Arguments format_arguments(const std::string& program, FormatRequest& request) {
  Arguments arguments(program, "config format",
                      "Writes each config as one readable file, its bases and overrides applied: no bases,\n"
                      "variables or comments are left. The files that are read do not change.");
  request.declare(arguments);
  arguments.option("-o, --output", "PATH", "a file, whose extension sets the format, or a folder  (default: stdout)",
                   request.output);
  arguments.flag("--py", "write Python  (default: the format of FILE)",
                 [&request] { request.format = Config::Format::python; });
  arguments.flag("--yaml", "write YAML", [&request] { request.format = Config::Format::yaml; });
  arguments.flag("--json", "write JSON, indented", [&request] { request.format = Config::Format::json; });
  arguments.flag("--force", "replace an existing file  (default: an error)", request.overwrite);
  arguments.flag("--check", "write nothing; exit 1 and list the files that are not formatted like this", request.check);
  arguments.example("config format configs/fashion_mnist/lenet.py");
  arguments.example("config format configs/fashion_mnist/lenet.py train_cfg.max_epochs=3 -o lenet.yaml");
  arguments.example("config format configs/fashion_mnist/*.py --yaml -o converted/");
  return arguments;
}

const char* extension_of(Config::Format format) {
  return format == Config::Format::python ? ".py" : format == Config::Format::yaml ? ".yaml" : ".json";
}

void refuse_contradictions(const FormatRequest& request, const std::string& help) {
  if (request.check && request.output)
    throw Error("--check writes nothing, so there is no use for --output").help(help);
  if (!request.output || request.output_is_folder()) return;
  if (request.files.size() > 1)
    throw Error(fmt::format("{} configs can't be written to the one file {}", request.files.size(), *request.output))
        .help("-o FOLDER/");
  if (request.format && *request.format != Config::format_of(*request.output))
    throw Error(Place(*request.output),
                fmt::format("the extension is not that of the format asked for, {}", extension_of(*request.format)));
}

/// Where each file goes; refuses two that would go to one place, and what exists.
std::vector<std::string> targets(const FormatRequest& request) {
  std::vector<std::string> out;
  std::map<std::string, std::string> taken;
  for (const std::string& file : request.files) {
    fs::path path = *request.output;
    if (request.output_is_folder()) path /= fs::path(file).stem().string() + extension_of(request.format_for(file));
    const auto [other, is_new] = taken.emplace(path.lexically_normal().string(), file);
    if (!is_new)
      throw Error(Place(file),
                  fmt::format("this config and {} would both be written to {}", other->second, path.string()));
    if (!request.overwrite && io::file_exists(path.string()))
      throw Error(Place(path.string()), "this file exists").help("--force replaces it");
    out.push_back(path.string());
  }
  return out;
}

int check_all(const FormatRequest& request) {
  bool all_same = true;
  for (const std::string& file : request.files) {
    if (dump(request.read(file).tree, request.format_for(file)) == io::read_file(file)) continue;
    std::puts(file.c_str());
    all_same = false;
  }
  return all_same ? 0 : 1;
}

void write_all(const FormatRequest& request) {
  const std::vector<std::string> paths = targets(request);
  if (request.output_is_folder()) io::make_folders(*request.output);
  for (size_t i = 0; i < paths.size(); ++i) {
    const Config config = request.read(request.files[i]);
    const Config::Format format = request.format_for(request.files[i]);
    io::write_atomically(paths[i], dump(config.tree, format));
    const std::vector<std::string> losses = losses_in(config.tree, format);
    fmt::print("wrote {}{}\n", paths[i], losses.empty() ? "" : ": " + join(losses));
  }
}

void print_all(const FormatRequest& request) {
  for (const std::string& file : request.files) {
    const std::string text = dump(request.read(file).tree, request.format_for(file));
    if (request.files.size() > 1) fmt::print("{}# {}\n", file == request.files.front() ? "" : "\n", file);
    std::fputs(text.c_str(), stdout);
  }
}

}  // namespace

int config_format_command(const Invocation& invocation) {
  FormatRequest request;
  Arguments arguments = format_arguments(invocation.name(), request);
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  refuse_contradictions(request, invocation.name() + " config format --help");
  if (request.check) return check_all(request);
  if (request.output) write_all(request);
  else print_all(request);
  return 0;
}

}  // namespace millrace
