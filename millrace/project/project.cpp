#include "millrace/project/project.h"

#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/base/shell_word.h"
#include "millrace/config/value.h"
#include "millrace/io/atomic_file.h"
#include "millrace/io/file.h"
#include "millrace/project/image_folder.h"
#include "millrace/project/points.h"
#include "millrace/project/template_files.h"

namespace millrace {

namespace {

namespace fs = std::filesystem;

void check_is_free(const std::string& folder) {
  std::error_code failure;
  if (!fs::exists(folder, failure)) return;
  if (!fs::is_directory(folder, failure)) throw Error(Place(folder), "there is a file of that name");
  if (!io::list_folder(folder).empty())
    throw Error(Place(folder), "the folder is not empty").help("name a new one: init writes nothing over anything");
}

std::string list_of(const std::vector<LabelledPath>& images) {
  std::string text;
  for (const LabelledPath& image : images) text += image.path + " " + std::to_string(image.label) + "\n";
  return text;
}

/// As a literal of a config.
std::string literal(const std::string& text) { return Value(text).repr(text.size() * 4 + 8); }

std::string literal(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() > 1 ? ", " : "") + literal(text);
  return list + "]";
}

std::vector<ProjectFile> image_project(const std::string& data, Project& project) {
  const ImageFolder images = survey_images(data);
  for (const LabelledPath& image : images.train)
    if (image.path.find('\n') != std::string::npos) throw Error(Place(images.root), "a file's name has a line feed");
  std::vector<ProjectFile> files = template_files("images", {{"DATA", literal(images.root)},
                                                             {"CLASSES", literal(images.classes)},
                                                             {"NUM_CLASSES", std::to_string(images.classes.size())},
                                                             {"TOPK", images.classes.size() > 5 ? "(1, 5)" : "(1,)"}});
  files.push_back({"train.txt", list_of(images.train)});
  files.push_back({"val.txt", list_of(images.val)});
  project.facts.push_back(std::to_string(images.train.size() + images.val.size()) + " images of " +
                          std::to_string(images.classes.size()) + " classes: " + std::to_string(images.train.size()) +
                          " to train, " + std::to_string(images.val.size()) + " to validate");
  project.commands = {"millrace train config.py", "millrace predict config.py work_dirs/best_*.pth " +
                                                      shell_word(images.root + "/" + images.val[0].path) +
                                                      " --out pics"};
  return files;
}

std::vector<ProjectFile> points_project(Project& project) {
  std::vector<ProjectFile> files = template_files("points", {});
  files.push_back({"points.csv", spiral_points()});
  project.commands = {"millrace train config.py"};
  return files;
}

std::vector<ProjectFile> cmake_project(const std::string& name, Project& project) {
  project.commands = {"cmake -B build -DCMAKE_BUILD_TYPE=Release", "cmake --build build",
                      "build/" + name + " train config.py"};
  return template_files("cmake", {{"PROJECT", name}});
}

/// The folder's name as the name of a program.
std::string program_name(const std::string& folder) {
  std::string name = fs::absolute(fs::path(folder) / "").parent_path().filename().string();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') c = '_';
  return name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) ? "project_" + name : name;
}

}  // namespace

Project write_project(const ProjectRequest& request) {
  if (request.cmake && request.data)
    throw Error("--data and --cmake are two kinds of project").help("begin with one of them");
  check_is_free(request.folder);
  Project project;
  const std::vector<ProjectFile> files = request.data    ? image_project(*request.data, project)
                                         : request.cmake ? cmake_project(program_name(request.folder), project)
                                                         : points_project(project);
  io::make_folders(request.folder);
  for (const ProjectFile& file : files) {
    io::AtomicFile out((fs::path(request.folder) / file.path).string());
    out.write(file.text);
    out.commit();
    project.files.push_back(file.path);
  }
  return project;
}

}  // namespace millrace
