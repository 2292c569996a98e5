#include "millrace/config/packages.h"

#include <algorithm>
#include <filesystem>

namespace millrace {
namespace {

struct PackageName {
  std::string_view package, repository;
};
constexpr PackageName kPackages[] = {
    {"mmaction", "mmaction2"},    {"mmagic", "mmagic"},
    {"mmcls", "mmpretrain"},      {"mmdeploy", "mmdeploy"},
    {"mmdet", "mmdetection"},     {"mmdet3d", "mmdetection3d"},
    {"mmedit", "mmagic"},         {"mmengine", "mmengine"},
    {"mmfewshot", "mmfewshot"},   {"mmflow", "mmflow"},
    {"mmgen", "mmgeneration"},    {"mmhuman3d", "mmhuman3d"},
    {"mmocr", "mmocr"},           {"mmpose", "mmpose"},
    {"mmpretrain", "mmpretrain"}, {"mmrazor", "mmrazor"},
    {"mmrotate", "mmrotate"},     {"mmseg", "mmsegmentation"},
    {"mmselfsup", "mmselfsup"},   {"mmtrack", "mmtracking"},
    {"mmyolo", "mmyolo"},         {"opencompass", "opencompass"},
    {"playground", "playground"},
};

std::string repository_of(const std::string& package) {
  for (const PackageName& known : kPackages)
    if (known.package == package) return std::string(known.repository);
  return package;
}

bool is_file(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

}  // namespace

bool is_known_package(std::string_view package) {
  return std::any_of(std::begin(kPackages), std::end(kPackages),
                     [&](const PackageName& known) { return known.package == package; });
}

std::vector<std::string> known_packages() {
  std::vector<std::string> names;
  for (const PackageName& known : kPackages) names.emplace_back(known.package);
  return names;
}

std::vector<std::string> PackageSearch::folders() const {
  std::vector<std::string> out = search_path;
  // The checkout is what holds `configs/…`, or `pkg/configs/…`; its neighbours lie in the folder above.
  std::filesystem::path folder = std::filesystem::path(from).lexically_normal().parent_path();
  while (folder.has_relative_path() && folder.filename() != "configs") folder = folder.parent_path();
  for (int i = 0; i < 3 && folder.has_relative_path(); ++i) {
    folder = folder.parent_path();
    out.push_back(folder.string());
  }
  return out;
}

std::optional<std::string> PackageSearch::config_file(const std::string& package, const std::string& path) const {
  const std::string repository = repository_of(package);
  for (const std::string& folder : folders())
    for (const std::string& root : {folder + "/" + package, folder + "/" + repository})
      for (const std::string& configs :
           {root + "/configs/", root + "/.mim/configs/", root + "/" + package + "/.mim/configs/"})
        if (is_file(configs + path)) return configs + path;
  return std::nullopt;
}

std::optional<std::string> PackageSearch::module_file(const std::string& package, const std::string& path) const {
  const std::string repository = repository_of(package);
  for (const std::string& folder : folders())
    // A checkout that has the name of its package holds the package.
    for (const std::string& root :
         {folder + "/" + package + "/" + package, folder + "/" + package, folder + "/" + repository + "/" + package})
      if (is_file(root + "/" + path)) return root + "/" + path;
  return std::nullopt;
}

}  // namespace millrace
