#include "millrace/tensor/json.h"

#include <ATen/ops/_local_scalar_dense.h>

#include <cmath>

#include "millrace/base/json_text.h"
#include "millrace/base/text.h"
#include "millrace/base/utf8.h"

namespace millrace {

namespace {

void append_number(std::string& out, double value) {
  if (std::isnan(value)) out += "NaN";
  else if (std::isinf(value)) out += value < 0 ? "-Infinity" : "Infinity";
  else out += repr(value);
}

void append_tensor(std::string& out, const at::Tensor& tensor) {
  if (tensor.dim() == 0) {
    const at::Scalar value = at::_local_scalar_dense(tensor);
    if (value.isBoolean()) out += value.toBool() ? "true" : "false";
    else if (value.isIntegral(false)) out += std::to_string(value.toLong());
    else append_number(out, value.toDouble());
    return;
  }
  out += '[';
  for (int64_t i = 0; i < tensor.size(0); ++i) {
    if (i > 0) out += ", ";
    append_tensor(out, tensor[i]);
  }
  out += ']';
}

std::string key_text(const State& key) {
  switch (key.kind()) {
    case State::Kind::string:
      return key.string();
    case State::Kind::boolean:
      return key.boolean() ? "True" : "False";
    case State::Kind::integer:
      return std::to_string(key.integer());
    case State::Kind::number:
      return repr(key.number());
    default:
      return "None";
  }
}

}  // namespace

void append_json_string(std::string& out, const std::string& given) {
  const bool is_valid = first_invalid_utf8(given) == std::string::npos;
  const std::string replaced = is_valid ? "" : valid_utf8(given);
  const std::string& text = is_valid ? given : replaced;
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\', out += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20) out += "\\u00", out += kHex[c >> 4], out += kHex[c & 15];
    else out += c;
  }
  out += '"';
}

void append_json(std::string& out, const State& value) {
  switch (value.kind()) {
    case State::Kind::boolean:
      out += value.boolean() ? "true" : "false";
      return;
    case State::Kind::integer:
      out += std::to_string(value.integer());
      return;
    case State::Kind::number:
      append_number(out, value.number());
      return;
    case State::Kind::string:
      append_json_string(out, value.string());
      return;
    case State::Kind::tensor:
      append_tensor(out, value.tensor());
      return;
    case State::Kind::list:
    case State::Kind::tuple: {
      out += '[';
      bool first = true;
      for (const State& item : value.items()) {
        if (!first) out += ", ";
        first = false;
        append_json(out, item);
      }
      out += ']';
      return;
    }
    case State::Kind::dict: {
      out += '{';
      bool first = true;
      for (const auto& [key, item] : value.entries()) {
        if (!first) out += ", ";
        first = false;
        append_json_string(out, key_text(key));
        out += ": ";
        append_json(out, item);
      }
      out += '}';
      return;
    }
    default:
      out += "null";
      return;
  }
}

std::string to_json(const State& value) {
  std::string out;
  append_json(out, value);
  return out;
}

}  // namespace millrace
