#include "millrace/project/project.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/base/shell_word.h"
#include "millrace/base/text.h"
#include "millrace/config/value.h"
#include "millrace/io/atomic_file.h"
#include "millrace/io/file.h"
#include "millrace/log/terminal.h"
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
    throw Error(Place(folder), "the folder is not empty").note("name a new folder: init overwrites nothing");
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

/// How a network is trained from nothing on so many images.
struct Pace {
  int64_t batch_size = 32, epochs = 30, warmup_epochs = 1;
};

/// Few images need more passes: 240 steps at least, as 256 images have in 30 epochs, of which 8 warm up. Batches are
/// smaller where an epoch would be one step or two, no further: on 60 images of ten classes 60 epochs in batches of 16
/// end at a loss of 0.87, 30 in batches of 4 at 1.75.
Pace pace_for(size_t images) {
  constexpr int64_t kLeastSteps = 240, kWarmupSteps = 8, kStepsOfAnEpoch = 3, kLeastBatch = 4, kMostEpochs = 120;
  const auto count = static_cast<int64_t>(images);
  Pace pace;
  while (pace.batch_size > kLeastBatch && count < kStepsOfAnEpoch * pace.batch_size) pace.batch_size /= 2;
  const int64_t steps = (count + pace.batch_size - 1) / pace.batch_size;
  const auto passes_of = [&](int64_t wanted) { return (wanted + steps - 1) / steps; };
  pace.warmup_epochs = passes_of(kWarmupSteps);
  pace.epochs = std::clamp((passes_of(kLeastSteps) + 9) / 10 * 10, pace.epochs, kMostEpochs);
  return pace;
}

std::vector<std::string> image_facts(const ImageFolder& images) {
  constexpr size_t kMostClasses = 20;
  const size_t classes = images.classes.size(), shown = std::min(classes, kMostClasses);
  std::vector<std::string> facts = {fmt::format("{} images of {} classes: {} to train, {} to validate",
                                                images.train.size() + images.val.size(), classes, images.train.size(),
                                                images.val.size())};
  int width = 0;
  for (size_t i = 0; i < shown; ++i) width = std::max(width, text_width(images.classes[i]));
  for (size_t i = 0; i < shown; ++i) {
    const auto count_in = [&](const std::vector<LabelledPath>& list) {
      return std::count_if(list.begin(), list.end(),
                           [&](const LabelledPath& image) { return image.label == static_cast<int64_t>(i); });
    };
    const std::string& name = images.classes[i];
    facts.push_back(fmt::format("  {}{}  {} + {}", name,
                                std::string(static_cast<size_t>(width - text_width(name)), ' '), count_in(images.train),
                                count_in(images.val)));
  }
  if (shown < classes) facts.push_back(fmt::format("  and {} more", classes - shown));
  facts.insert(facts.end(), images.remarks.begin(), images.remarks.end());
  return facts;
}

/// A list has one line for each file, and blanks around a line do not belong to the name.
void check_names(const ImageFolder& images) {
  for (const auto* part : {&images.train, &images.val})
    for (const LabelledPath& image : *part)
      if (image.path.find_first_of("\r\n") != std::string::npos || trim(image.path) != image.path)
        throw Error(Place(images.root),
                    "the path " + Value(image.path).repr() +
                        " has an end of a line in it, or a blank at its beginning or end, which a list of "
                        "files cannot hold")
            .note("rename it");
}

std::vector<ProjectFile> image_project(const std::string& data, Project& project) {
  const ImageFolder images = survey_images(data);
  check_names(images);
  const Pace pace = pace_for(images.train.size());
  std::vector<ProjectFile> files = template_files(
      "images",
      {{"DATA", literal(images.root)},
       {"CLASSES", literal(images.classes)},
       {"NUM_CLASSES", std::to_string(images.classes.size())},
       {"TOPK", images.classes.size() > 5 ? "(1, 5)" : "(1,)"},
       {"BATCH_SIZE", std::to_string(pace.batch_size)},
       {"EPOCHS", std::to_string(pace.epochs)},
       {"WARMUP", std::to_string(pace.warmup_epochs)},
       {"WARMUP_TEXT", pace.warmup_epochs == 1 ? "one epoch" : fmt::format("{} epochs", pace.warmup_epochs)}});
  files.push_back({"train.txt", list_of(images.train)});
  files.push_back({"val.txt", list_of(images.val)});
  project.facts = image_facts(images);
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
    throw Error("--data and --cmake are two kinds of project").note("use only one of them");
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
