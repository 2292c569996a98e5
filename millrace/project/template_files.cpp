#include "millrace/project/template_files.h"

#include <string_view>

#include "millrace/base/error.h"

namespace millrace {

namespace {

struct EmbeddedFile {
  const char* path;  // "points/config.py"
  const char* text;
};

constexpr EmbeddedFile kEmbeddedFiles[] = {
#include "millrace_project_templates.inc"
};

std::string filled_in(std::string_view text, const TemplateWords& words) {
  std::string filled;
  for (size_t i = 0; i < text.size();) {
    const size_t end = text[i] == '@' ? text.find('@', i + 1) : std::string_view::npos;
    const auto word =
        end == std::string_view::npos ? words.end() : words.find(std::string(text.substr(i + 1, end - i - 1)));
    if (word == words.end()) {
      filled += text[i++];
    } else {
      filled += word->second;
      i = end + 1;
    }
  }
  return filled;
}

}  // namespace

std::vector<ProjectFile> template_files(const std::string& kind, const TemplateWords& words) {
  std::vector<ProjectFile> files;
  for (const EmbeddedFile& file : kEmbeddedFiles) {
    const std::string_view path = file.path;
    if (path.starts_with(kind + "/"))
      files.push_back({std::string(path.substr(kind.size() + 1)), filled_in(file.text, words)});
  }
  MILLRACE_ASSERT(!files.empty(), "no templates of this kind");
  return files;
}

}  // namespace millrace
