#pragma once

#include <string_view>

/// The readers of bytes from outside, as the fuzzers call them, and the tests that read tests/fuzz/corpus: each takes
/// any bytes and comes back, whatever they are: true if they were read, false if a millrace::Error refused them. What
/// is read is used: a tree is dumped and read again, and must be the same. Anything else that comes out of them is a
/// bug.
namespace millrace::fuzz {

/// A `.py` config, classic or new style. A line `#--- NAME` begins another file of the same folder, for bases.
bool config_py(std::string_view bytes);
/// Arguments `key=value`, one a line, for a small config.
bool overrides(std::string_view bytes);
bool yaml(std::string_view bytes);
bool json(std::string_view bytes);
bool gzip(std::string_view bytes);
/// The report of a test, and the page that shows it.
bool test_report(std::string_view bytes);
/// A text file in the encoding whose number, from 0 on, is the first byte.
bool text(std::string_view bytes);

// Those of the engine.
bool zip(std::string_view bytes);
bool pickle(std::string_view bytes);
bool idx(std::string_view bytes);
bool csv(std::string_view bytes);
/// "HEIGHT WIDTH COUNTS" of a mask, the counts compressed as in COCO's files.
bool rle(std::string_view bytes);
/// The first bytes of an image file, and the EXIF data of a JPEG.
bool image_header(std::string_view bytes);

}  // namespace millrace::fuzz
