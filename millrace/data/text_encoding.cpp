#include "millrace/data/text_encoding.h"

#include <fmt/format.h>

namespace millrace {

void check_encoding(const std::string& name, Complaints& complaints) {
  if (!io::find_encoding(name))
    complaints.add("encoding", fmt::format("no encoding '{}'", name)).note("encodings: " + io::encoding_names());
}

io::Encoding encoding_of(const std::string& name) { return io::find_encoding(name).value(); }

}  // namespace millrace
