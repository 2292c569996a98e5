#include "millrace/structures/rle.h"

#include <ATen/EmptyTensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "millrace/base/error.h"

namespace millrace {

namespace {

constexpr int64_t kMostPixels = int64_t{1} << 27;

int64_t checked_pixels(int64_t height, int64_t width) {
  if (height < 0 || width < 0 || (height > 0 && width > kMostPixels / height))
    throw Error(fmt::format("a mask of {}x{}; at most {} million pixels are read", width, height, kMostPixels >> 20));
  return height * width;
}

/// Pixels in the order of COCO: columns, each from the top. Calls `run(value, length)` for each run.
template <class Run>
void each_run(const uint8_t* pixels, int64_t height, int64_t width, int64_t row_stride, int64_t column_stride,
              const Run& run) {
  bool value = false;
  int64_t length = 0;
  for (int64_t x = 0; x < width; ++x)
    for (int64_t y = 0; y < height; ++y) {
      const bool is_set = pixels[y * row_stride + x * column_stride] != 0;
      if (is_set != value) {
        run(length);
        value = is_set;
        length = 0;
      }
      ++length;
    }
  run(length);
}

/// Where runs of ones begin and end, in order.
std::vector<int64_t> edges_of(const std::vector<uint32_t>& counts) {
  std::vector<int64_t> edges;
  int64_t place = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const int64_t begin = place;
    place += counts[i];
    if (i % 2 == 0 || place == begin) continue;
    if (!edges.empty() && edges.back() == begin) edges.back() = place;
    else edges.insert(edges.end(), {begin, place});
  }
  return edges;
}

}  // namespace

Rle::Rle(int64_t height, int64_t width) : height_(height), width_(width) {
  counts_.push_back(static_cast<uint32_t>(checked_pixels(height, width)));
}

Rle::Rle(int64_t height, int64_t width, std::vector<uint32_t> counts)
    : height_(height), width_(width), counts_(std::move(counts)) {
  const int64_t pixels = checked_pixels(height, width);
  int64_t sum = 0;
  for (const uint32_t count : counts_) sum += count;  // at most 2^32 each, of what fits into memory
  if (sum != pixels)
    throw Error(fmt::format("the counts of a mask of {}x{} add up to {}, not {}", width, height, sum, pixels));
}

Rle Rle::encode(const at::Tensor& given) {
  if (!given.is_cpu() || given.dim() != 2 || given.element_size() != 1)
    throw Error("a bitmap is (H, W) of bool or uint8, on the CPU");
  Rle rle(given.size(0), given.size(1));
  rle.counts_.clear();
  each_run(static_cast<const uint8_t*>(given.const_data_ptr()), rle.height_, rle.width_, given.stride(0),
           given.stride(1), [&](int64_t length) { rle.counts_.push_back(static_cast<uint32_t>(length)); });
  return rle;
}

Rle Rle::from(const State& coco) {
  const State* const size = coco.find("size");
  const State* const counts = coco.find("counts");
  if (!size || !counts || !size->is_sequence() || size->items().size() != 2)
    throw Error("a mask is a dict of size (h, w) and counts, not " + coco.kind_name());
  const int64_t height = size->items()[0].integer(), width = size->items()[1].integer();
  if (counts->is_string()) return decompress(height, width, counts->string());
  if (counts->kind() == State::Kind::bytes) return decompress(height, width, counts->bytes());
  std::vector<uint32_t> lengths;
  for (const State& item : counts->items()) {
    const int64_t length = item.integer();
    if (length < 0 || length > kMostPixels) throw Error(fmt::format("a mask has a run of {} pixels", length));
    lengths.push_back(static_cast<uint32_t>(length));
  }
  return Rle(height, width, std::move(lengths));
}

Rle Rle::decompress(int64_t height, int64_t width, std::string_view text) {
  std::vector<uint32_t> counts;
  for (size_t i = 0; i < text.size();) {
    int64_t value = 0;
    int bits = 0;
    for (bool is_more = true; is_more; bits += 5) {
      if (i == text.size()) throw Error("the counts of a mask end within a number");
      const int digit = text[i++] - '0';
      if (digit < 0 || digit > 63) throw Error(fmt::format("character {} in the counts of a mask is invalid", i - 1));
      if (bits > 30) throw Error("a mask has a run of more than 32 bits");
      value |= static_cast<int64_t>(digit & 31) << bits;
      is_more = (digit & 32) != 0;
      if (!is_more && (digit & 16) != 0) value -= int64_t{1} << (bits + 5);
    }
    if (counts.size() > 2) value += counts[counts.size() - 2];
    if (value < 0 || value > kMostPixels) throw Error(fmt::format("a mask has a run of {} pixels", value));
    counts.push_back(static_cast<uint32_t>(value));
  }
  return Rle(height, width, std::move(counts));
}

std::string Rle::compressed() const {
  std::string text;
  for (size_t i = 0; i < counts_.size(); ++i) {
    int64_t value = counts_[i];
    if (i > 2) value -= counts_[i - 2];
    for (bool is_more = true; is_more;) {
      const int64_t digit = value & 31;
      value >>= 5;
      is_more = value != ((digit & 16) != 0 ? -1 : 0);
      text.push_back(static_cast<char>('0' + digit + (is_more ? 32 : 0)));
    }
  }
  return text;
}

State Rle::to_state() const {
  return State::dict({{"size", State::tuple({height_, width_})}, {"counts", compressed()}});
}

Rle Rle::unite(std::span<const Rle> parts) {
  MILLRACE_ASSERT(!parts.empty(), "no masks to unite");
  Rle united(parts[0].height_, parts[0].width_);
  if (parts.size() == 1) return parts[0];
  std::vector<std::pair<int64_t, int>> steps;  // places where a part begins (+1) or ends (-1) to be set
  for (const Rle& part : parts) {
    if (part.height_ != united.height_ || part.width_ != united.width_)
      throw Error(fmt::format("masks of {}x{} and of {}x{} can't be united", united.width_, united.height_, part.width_,
                              part.height_));
    const std::vector<int64_t> edges = edges_of(part.counts_);
    for (size_t i = 0; i < edges.size(); ++i) steps.emplace_back(edges[i], i % 2 == 0 ? 1 : -1);
  }
  // At one place begins come before ends, so that masks which touch are one run.
  std::sort(steps.begin(), steps.end(),
            [](const auto& a, const auto& b) { return a.first != b.first ? a.first < b.first : a.second > b.second; });
  const int64_t pixels = united.height_ * united.width_;
  united.counts_.clear();
  int depth = 0;
  int64_t last = 0;
  for (const auto& [place, step] : steps) {
    const bool is_edge = depth == 0 || depth + step == 0;
    depth += step;
    if (!is_edge) continue;
    united.counts_.push_back(static_cast<uint32_t>(place - last));
    last = place;
  }
  if (last < pixels || united.counts_.empty()) united.counts_.push_back(static_cast<uint32_t>(pixels - last));
  return united;
}

at::Tensor Rle::decode() const {
  at::Tensor columns = at::detail::empty_cpu({width_, height_}, at::kByte);
  auto* out = columns.mutable_data_ptr<uint8_t>();
  for (size_t i = 0; i < counts_.size(); ++i) {
    std::memset(out, static_cast<int>(i % 2), counts_[i]);
    out += counts_[i];
  }
  return columns.t().contiguous();
}

int64_t Rle::area() const {
  int64_t area = 0;
  for (size_t i = 1; i < counts_.size(); i += 2) area += counts_[i];
  return area;
}

std::array<int64_t, 4> Rle::box() const {
  int64_t left = width_, top = height_, right = -1, bottom = -1;
  const std::vector<int64_t> edges = edges_of(counts_);
  for (size_t i = 0; i < edges.size(); i += 2) {
    const int64_t first = edges[i], last = edges[i + 1] - 1;
    const bool is_one_column = first / height_ == last / height_;
    left = std::min(left, first / height_);
    right = std::max(right, last / height_);
    top = std::min(top, is_one_column ? first % height_ : 0);
    bottom = std::max(bottom, is_one_column ? last % height_ : height_ - 1);
  }
  if (right < 0) return {0, 0, 0, 0};
  return {left, top, right - left + 1, bottom - top + 1};
}

}  // namespace millrace
