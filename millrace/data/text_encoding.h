#pragma once

#include <string>

#include "millrace/io/text.h"
#include "millrace/registry/complaints.h"

namespace millrace {

/// For the key `encoding` of datasets that read text files: a string, "utf-8" where it is not given.
inline constexpr const char* kEncodingText =
    "of the text files: utf-8, latin-1, cp1252, utf-16, utf-16-le, utf-16-be; a byte order mark takes precedence";

/// Complains of a name that is not one of an encoding.
void check_encoding(const std::string& name, Complaints& complaints);
/// For a name that was checked.
io::Encoding encoding_of(const std::string& name);

}  // namespace millrace
