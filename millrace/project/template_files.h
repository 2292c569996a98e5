#pragma once

#include <map>
#include <string>
#include <vector>

namespace millrace {

/// Words of a template, "@NAME@", and the texts that replace them.
using TemplateWords = std::map<std::string, std::string>;

struct ProjectFile {
  std::string path;  // relative to the project
  std::string text;
};

/// The files of the templates of one kind ("points", "images", "cmake"), filled in. The templates are in
/// millrace/project/templates/KIND and are built into the library.
std::vector<ProjectFile> template_files(const std::string& kind, const TemplateWords& words);

}  // namespace millrace
