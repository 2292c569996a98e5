#include "millrace/io/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "millrace/base/error.h"

namespace millrace::io {
namespace {

class Inflater {
 public:
  Inflater() {
    constexpr int kGzipOnly = 16;
    MILLRACE_ASSERT(inflateInit2(&stream_, MAX_WBITS + kGzipOnly) == Z_OK, "zlib does not start");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  z_stream* operator->() { return &stream_; }
  z_stream* get() { return &stream_; }

 private:
  z_stream stream_{};
};

std::string inflate_members(const InputFile& file, int64_t limit_bytes) {
  const Place place(file.path());
  Inflater inflater;
  std::string input(static_cast<size_t>(std::min<int64_t>(file.size_bytes(), 1 << 18)), '\0');
  std::string content;
  // The last four bytes are the size of the last member, modulo 2^32. Deflate packs at most 1032 to 1 (RFC 1951).
  unsigned char end[4] = {};
  if (file.size_bytes() >= 4) file.read_at(file.size_bytes() - 4, std::span<char>(reinterpret_cast<char*>(end), 4));
  const int64_t claimed = int64_t{end[0]} | int64_t{end[1]} << 8 | int64_t{end[2]} << 16 | int64_t{end[3]} << 24;
  content.resize(static_cast<size_t>(std::min({claimed, limit_bytes, file.size_bytes() * 1032})) + 1);
  size_t size = 0;  // of what is unpacked; the rest of the content is room
  int64_t offset = 0;
  bool is_member_open = true;
  for (;;) {
    if (inflater->avail_in == 0 && offset < file.size_bytes()) {
      const auto n = std::min<int64_t>(static_cast<int64_t>(input.size()), file.size_bytes() - offset);
      file.read_at(offset, std::span<char>(input.data(), static_cast<size_t>(n)));
      offset += n;
      inflater->next_in = reinterpret_cast<Bytef*>(input.data());
      inflater->avail_in = static_cast<uInt>(n);
    }
    if (!is_member_open) {
      // Tools that pad a file with zeros after its last member are as old as gzip, which ignores them, too.
      while (inflater->avail_in > 0 && *inflater->next_in == 0) ++inflater->next_in, --inflater->avail_in;
      if (inflater->avail_in == 0 && offset == file.size_bytes()) {
        content.resize(size);
        return content;
      }
      if (inflater->avail_in == 0) continue;
      inflateReset(inflater.get());
      is_member_open = true;
    }
    if (size == content.size())
      content.resize(std::min(size + std::max<size_t>(size / 2, 1 << 18), static_cast<size_t>(limit_bytes) + 1));
    inflater->next_out = reinterpret_cast<Bytef*>(content.data() + size);
    inflater->avail_out = static_cast<uInt>(std::min<size_t>(content.size() - size, 1 << 30));
    const uInt given = inflater->avail_out;
    const int status = inflate(inflater.get(), Z_NO_FLUSH);
    size += given - inflater->avail_out;
    if (static_cast<int64_t>(size) > limit_bytes)
      throw Error(place, fmt::format("unpacks to more than the {} bytes it may have", limit_bytes));
    if (status == Z_STREAM_END) {
      is_member_open = false;
    } else if (status == Z_BUF_ERROR || status == Z_OK) {
      if (inflater->avail_in == 0 && offset == file.size_bytes() && inflater->avail_out > 0)
        throw Error(place, fmt::format("truncated gzip file: it ends after {} bytes of content", size));
    } else {
      throw Error(place, fmt::format("corrupt gzip file, after {} bytes of content: {}", size,
                                     inflater->msg ? inflater->msg : "a dictionary is needed"));
    }
  }
}

}  // namespace

std::string read_maybe_gzip(const std::string& path, int64_t limit_bytes) {
  const auto file = open_file(path);
  char start[2] = {};
  if (file->size_bytes() >= 2) file->read_at(0, start);
  if (static_cast<unsigned char>(start[0]) != 0x1f || static_cast<unsigned char>(start[1]) != 0x8b)
    return read_file(path, limit_bytes);
  return inflate_members(*file, limit_bytes);
}

}  // namespace millrace::io
