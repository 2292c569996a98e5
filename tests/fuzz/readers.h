#pragma once

#include <string_view>

/// The readers of bytes from outside, as the fuzzers call them, and the tests that read tests/fuzz/corpus: each takes
/// any bytes and comes back, whatever they are; a millrace::Error is an answer like another. What is read is used: a
/// tree is dumped and read again, and must be the same. Anything else that comes out of them is a bug.
namespace millrace::fuzz {

/// A `.py` config, classic or new style. A line `#--- NAME` begins another file of the same folder, for bases.
void config_py(std::string_view bytes);
/// Arguments `key=value`, one a line, for a small config.
void overrides(std::string_view bytes);
void yaml(std::string_view bytes);
void json(std::string_view bytes);
void gzip(std::string_view bytes);

// Those of the engine.
void zip(std::string_view bytes);
void pickle(std::string_view bytes);
void idx(std::string_view bytes);
void csv(std::string_view bytes);
/// The first bytes of an image file, and the EXIF data of a JPEG.
void image_header(std::string_view bytes);

}  // namespace millrace::fuzz
