#include "millrace/data/csv_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {

namespace {

/// Fields of a text one after the other.
class CSVScanner {
 public:
  CSVScanner(std::string& content, char delimiter, const std::shared_ptr<const std::string>& path)
      : content_(content), delimiter_(delimiter), path_(path) {}

  bool at_end() const { return at_ >= content_.size(); }
  int line() const { return line_; }

  /// The next field; `ends_row` says whether it was the last one of its row.
  std::string_view next(bool& ends_row) {
    std::string_view field = !at_end() && content_[at_] == '"' ? quoted() : plain();
    ends_row = at_end() || content_[at_] != delimiter_;
    if (!at_end() && content_[at_++] == '\n') ++line_;
    return field;
  }
  bool skip_empty_line() {
    if (content_[at_] != '\n') return false;
    ++at_;
    ++line_;
    return true;
  }

 private:
  bool is_end_of_field(size_t at) const {
    return at >= content_.size() || content_[at] == delimiter_ || content_[at] == '\n';
  }
  std::string_view plain() {
    const size_t begin = at_;
    while (!is_end_of_field(at_)) ++at_;
    return std::string_view(content_).substr(begin, at_ - begin);
  }
  std::string_view quoted() {
    const int first_line = line_;
    const size_t begin = at_;
    size_t out = begin;
    for (++at_;; ++at_) {
      if (at_end()) throw Error(Place(path_, first_line, 0), "a quote that is not closed");
      if (content_[at_] == '"') {
        if (at_ + 1 >= content_.size() || content_[at_ + 1] != '"') break;
        ++at_;
      }
      if (content_[at_] == '\n') ++line_;
      content_[out++] = content_[at_];
    }
    if (!is_end_of_field(++at_)) throw Error(Place(path_, line_, 0), "text behind a closing quote");
    return std::string_view(content_).substr(begin, out - begin);
  }

  std::string& content_;
  char delimiter_;
  const std::shared_ptr<const std::string>& path_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

CSVFile::CSVFile(const std::string& path, const Format& format)
    : path_(std::make_shared<const std::string>(path)), content_(io::read_text(path, format.encoding)) {
  parse(format);
  if (header_.empty()) throw Error(place(), "an empty table");
}

void CSVFile::parse(const Format& format) {
  CSVScanner scanner(content_, format.delimiter, path_);
  std::vector<std::string_view> row;
  while (!scanner.at_end()) {
    if (scanner.skip_empty_line()) continue;
    const int line = scanner.line();
    row.clear();
    for (bool ends_row = false; !ends_row;) row.push_back(trim(scanner.next(ends_row)));
    if (header_.empty()) {
      for (size_t i = 0; i < row.size(); ++i)
        header_.push_back(format.has_header ? std::string(row[i]) : std::to_string(i));
      check_header(row, format.delimiter, Place(path_, line, 0));
      if (format.has_header) continue;
    }
    if (row.size() != header_.size())
      throw Error(Place(path_, line, 0),
                  fmt::format("{} fields, and the first row has {}", row.size(), header_.size()));
    fields_.insert(fields_.end(), row.begin(), row.end());
    lines_.push_back(line);
  }
}

void CSVFile::check_header(const std::vector<std::string_view>& row, char delimiter, const Place& place) const {
  const size_t other = row[0].find_first_of(",;\t|");
  if (row.size() == 1 && other != std::string_view::npos) {
    const std::string found = row[0][other] == '\t' ? "\\t" : std::string(1, row[0][other]);
    throw Error(place, fmt::format("no '{}' in the first row, and so one column alone", delimiter))
        .help(fmt::format("delimiter='{}'", found));
  }
  std::map<std::string_view, size_t> columns;
  for (size_t i = 0; i < header_.size(); ++i)
    if (const auto [first, is_new] = columns.emplace(header_[i], i); !is_new)
      throw Error(place, fmt::format("columns {} and {} are both called '{}'", first->second + 1, i + 1, header_[i]));
}

int64_t CSVFile::column(const std::string& name) const {
  const auto it = std::find(header_.begin(), header_.end(), name);
  if (it == header_.end())
    throw Error(place(), fmt::format("no column '{}'{}", name, did_you_mean(name, header_)))
        .note("columns: " + join(header_));
  return it - header_.begin();
}

}  // namespace millrace
