#include <fstream>

#include "millrace/base/error.h"
#include "millrace/data/csv_file.h"
#include "millrace/data/csv_number.h"
#include "tests/fuzz/readers.h"
#include "tests/support/scratch_folder.h"

namespace millrace::fuzz {

bool csv(std::string_view bytes) {
  static const ScratchFolder folder;
  const std::string path = folder / "table.csv";
  std::ofstream(path, std::ios::binary) << bytes;
  try {
    const CSVFile table(path, {});
    const auto columns = static_cast<int64_t>(table.header().size());
    for (int64_t row = 0; row < table.rows(); ++row)
      for (int64_t column = 0; column < columns; ++column)
        for (const char decimal : {'.', ','}) {
          (void)csv_number(table.field(row, column), decimal);
          (void)trouble_of_number(table.field(row, column), decimal);
        }
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace millrace::fuzz
