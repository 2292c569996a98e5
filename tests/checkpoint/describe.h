#pragma once

#include <zlib.h>

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "millrace/checkpoint/dtype_names.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// A state in the words of torch_tree.py. Compares kinds, every bit of numbers and tensors, strides and sharing.
class Describer {
 public:
  using Json = nlohmann::json;

  Json of(const State& state) {
    switch (state.kind()) {
      case State::Kind::none:
        return nullptr;
      case State::Kind::boolean:
        return state.boolean();
      case State::Kind::integer:
        return {{"int", std::to_string(state.integer())}};
      case State::Kind::number:
        return {{"float", bits_of(state.number())}};
      case State::Kind::string:
        return {{"str", state.string()}};
      case State::Kind::bytes:
        return {{"bytes", hex(state.bytes())}};
      case State::Kind::list:
        return {{"list", of(state.items())}};
      case State::Kind::tuple:
        return {{"tuple", of(state.items())}};
      case State::Kind::tensor:
        return {{"tensor", of(state.tensor())}};
      case State::Kind::record:
        return of(state.record());
      case State::Kind::dict:
        break;
    }
    Json entries = Json::array();
    for (const State::Item& item : state.entries()) entries.push_back(Json::array({of(item.key), of(item.value)}));
    return {{"dict", entries}};
  }

 private:
  Json of(const State::List& items) {
    Json all = Json::array();
    for (const State& item : items) all.push_back(of(item));
    return all;
  }

  Json of(const State::Record& record) {
    if (record.type == "int") return {{"int", decimal(record.arguments.items().at(0).bytes())}};
    return {{"record", {record.type, of(record.arguments), of(record.state), of(record.items)}}};
  }

  Json of(const at::Tensor& tensor) {
    const void* storage = tensor.storage().unsafeGetStorageImpl();
    Json number;
    if (tensor.storage().nbytes() > 0) number = storages_.try_emplace(storage, storages_.size()).first->second;
    return {{"dtype", std::string(find_dtype(tensor.scalar_type())->dtype_name)},
            {"shape", tensor.sizes().vec()},
            {"stride", tensor.strides().vec()},
            {"offset", tensor.storage_offset()},
            {"requires_grad", tensor.requires_grad()},
            {"storage", number},
            {"data", data_of(tensor)}};
  }

  static std::string data_of(const at::Tensor& tensor) {
    const at::Tensor flat = tensor.detach().resolve_conj().resolve_neg().contiguous();
    const std::string data(static_cast<const char*>(flat.const_data_ptr()), flat.nbytes());
    if (data.size() <= 256) return hex(data);
    return fmt::format("{} bytes, crc32 {:08x}", data.size(),
                       crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size()));
  }

  static std::string hex(const std::string& data) {
    std::string text;
    for (const char c : data) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
  }

  static std::string bits_of(double value) {
    return std::isnan(value) ? "nan" : fmt::format("{:016x}", std::bit_cast<uint64_t>(value));
  }

  /// Of a little-endian two's complement.
  static std::string decimal(std::string digits) {
    const bool is_negative = !digits.empty() && static_cast<signed char>(digits.back()) < 0;
    if (is_negative) {
      int carry = 1;
      for (char& c : digits) {
        const int value = (static_cast<unsigned char>(c) ^ 0xFF) + carry;
        c = static_cast<char>(value);
        carry = value >> 8;
      }
    }
    std::string text;
    while (!digits.empty()) {
      int rest = 0;
      for (size_t i = digits.size(); i-- > 0;) {
        const int value = rest << 8 | static_cast<unsigned char>(digits[i]);
        digits[i] = static_cast<char>(value / 10);
        rest = value % 10;
      }
      text.insert(text.begin(), static_cast<char>('0' + rest));
      while (!digits.empty() && digits.back() == 0) digits.pop_back();
    }
    return (is_negative ? "-" : "") + (text.empty() ? "0" : text);
  }

  std::map<const void*, size_t> storages_;
};

}  // namespace millrace
