#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "millrace/base/place.h"
#include "millrace/io/file.h"

/// Text from outside: lists, tables, names of classes, configs. All of it is read here.
namespace millrace::io {

/// How characters are written as bytes. utf_16 without a byte order mark is little-endian, as on every machine that we
/// know.
enum class Encoding { utf_8, latin_1, cp1252, utf_16, utf_16_le, utf_16_be };

/// The encoding of a name, as Python spells it: utf-8, latin-1, cp1252, utf-16, utf-16-le, utf-16-be, and their usual
/// other spellings (utf8, iso-8859-1, windows-1252), in either case.
std::optional<Encoding> find_encoding(std::string_view name);
/// "utf-8, latin-1, …".
std::string encoding_names();

/// The content of a file as UTF-8, with '\n' at the ends of lines (CRLF and a CR alone are made into it) and without a
/// byte order mark. The mark of UTF-8 or UTF-16 takes precedence over `encoding`. Throws Error with `file`, line and
/// column for bytes that are no character, and for a NUL.
std::string text_of(std::string content, const Place& file, Encoding encoding = Encoding::utf_8);

/// text_of() a file, plain or packed with gzip. For files whose encoding the user can name: an error says
/// `encoding='latin-1'`.
std::string read_text(const std::string& path, Encoding encoding, int64_t limit_bytes = kWholeFileLimit);

/// Calls `use` with each line that is not blank, without the blanks around it, and its number, from 1 on.
void for_each_line(std::string_view text, const std::function<void(std::string_view line, int number)>& use);

}  // namespace millrace::io
