#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/base/place.h"
#include "millrace/io/text.h"

namespace millrace {

/// A table of texts (RFC 4180: a field may be in quotes, "" is a quote in it; empty lines are skipped).
///
///     const CSVFile table("penguins.csv", {.delimiter = ';'});
///     table.header()[2];          // "bill_length_mm"
///     table.field(0, 2);          // "39.1"
class CSVFile {
 public:
  struct Format {
    char delimiter = ',';
    bool has_header = true;  // else the columns are called "0", "1", …
    io::Encoding encoding = io::Encoding::utf_8;
  };
  /// Reads the whole file, as io::read_text does. Throws Error with the line's number where a row has more or fewer
  /// fields than the first one, a quote is not closed, two columns have one name, or the delimiter is another one.
  CSVFile(const std::string& path, const Format& format);

  const std::vector<std::string>& header() const { return header_; }
  int64_t rows() const { return static_cast<int64_t>(lines_.size()); }
  std::string_view field(int64_t row, int64_t column) const {
    return fields_[static_cast<size_t>(row) * header_.size() + static_cast<size_t>(column)];
  }
  /// Where a row begins in the file.
  Place place(int64_t row) const { return {path_, lines_[static_cast<size_t>(row)], 0}; }
  Place place() const { return Place(*path_); }
  /// The number of a column; throws Error with the nearest name.
  int64_t column(const std::string& name) const;

 private:
  void parse(const Format& format);
  void check_header(const std::vector<std::string_view>& row, char delimiter, const Place& place) const;

  std::shared_ptr<const std::string> path_;
  std::string content_;  // quoted fields are unquoted in place
  std::vector<std::string> header_;
  std::vector<std::string_view> fields_;  // row by row, into content_
  std::vector<int> lines_;
};

}  // namespace millrace
