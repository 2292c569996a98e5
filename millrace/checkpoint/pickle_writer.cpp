#include "millrace/checkpoint/pickle_writer.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <unordered_map>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/checkpoint/dtype_names.h"
#include "millrace/checkpoint/pickle_opcodes.h"
#include "millrace/checkpoint/storage_bytes.h"
#include "millrace/checkpoint/utf8.h"
#include "millrace/checkpoint/zip_format.h"

namespace millrace {
namespace {

constexpr size_t kDeepestState = 500;
constexpr size_t kLongestMemoized = 64;  // texts of this size are keys and come again

/// Classes that torch.load makes with its default arguments, as protocol 2 spells them.
bool is_weights_only_class(std::string_view type) {
  constexpr std::string_view kClasses[] = {"collections.Counter",   "torch.device",     "__builtin__.set",
                                           "__builtin__.bytearray", "builtins.set",     "builtins.bytearray",
                                           "__builtin__.complex",   "builtins.complex", "collections.OrderedDict"};
  if (std::find(std::begin(kClasses), std::end(kClasses), type) != std::end(kClasses)) return true;
  return type.starts_with("torch.") && find_dtype(type.substr(6));
}

/// The path from the root to the current value, for errors: no text is made until there is one.
class TreePath {
 public:
  void enter(const State& key) { steps_.push_back({&key, 0}); }
  void enter(size_t index) { steps_.push_back({nullptr, index}); }
  void leave() { steps_.pop_back(); }
  size_t depth() const { return steps_.size(); }
  std::string str() const {
    std::string text;
    const size_t shown = std::min<size_t>(steps_.size(), 20);
    for (size_t i = 0; i < shown; ++i) {
      const State* key = steps_[i].key;
      if (key && key->is_string()) text += (i > 0 ? "." : "") + key->string();
      else text += "[" + (key ? text_of(*key) : std::to_string(steps_[i].index)) + "]";
    }
    if (shown < steps_.size()) text += " …";
    return text.empty() ? "the state" : text;
  }

 private:
  struct Step {
    const State* key;  // of a dict; null in a list or tuple
    size_t index;
  };
  static std::string text_of(const State& key) {
    switch (key.kind()) {
      case State::Kind::boolean:
        return key.boolean() ? "True" : "False";
      case State::Kind::integer:
        return std::to_string(key.integer());
      case State::Kind::number:
        return repr(key.number());
      default:
        return key.kind_name();
    }
  }

  std::vector<Step> steps_;
};

class PickleWriter {
 public:
  enum class Storages { beside, within };
  explicit PickleWriter(Storages storages) : storages_place_(storages) {}

  PickledState run(const State& state) {
    out_ += opcode::kProto;
    out_ += storages_place_ == Storages::beside ? '\2' : '\4';
    write(state);
    out_ += opcode::kStop;
    return {std::move(out_), std::move(storages_)};
  }

 private:
  [[noreturn]] void fail(std::string_view what) const { throw Error(fmt::format("{}: {}", path_.str(), what)); }

  void write(const State& state) {
    switch (state.kind()) {
      case State::Kind::none:
        out_ += opcode::kNone;
        break;
      case State::Kind::boolean:
        out_ += state.boolean() ? opcode::kNewTrue : opcode::kNewFalse;
        break;
      case State::Kind::integer:
        write_integer(state.integer());
        break;
      case State::Kind::number:
        write_number(state.number());
        break;
      case State::Kind::string:
        write_text(state.string());
        break;
      case State::Kind::bytes:
        write_bytes(state.bytes());
        break;
      case State::Kind::list:
        write_list(state.items());
        break;
      case State::Kind::tuple:
        write_tuple(state.items());
        break;
      case State::Kind::dict:
        write_dict(state.entries());
        break;
      case State::Kind::tensor:
        write_tensor(state.tensor());
        break;
      case State::Kind::record:
        write_record(state.record());
        break;
    }
  }

  template <class Step>
  void write_inside(const State& state, const Step& step) {
    path_.enter(step);
    if (path_.depth() > kDeepestState) fail(fmt::format("nested more than {} deep", kDeepestState));
    write(state);
    path_.leave();
  }

  void write_integer(int64_t value) {
    if (value >= 0 && value <= 0xFF) {
      out_ += opcode::kBinInt1;
      zip::put<uint8_t>(out_, static_cast<uint8_t>(value));
    } else if (value >= 0 && value <= 0xFFFF) {
      out_ += opcode::kBinInt2;
      zip::put<uint16_t>(out_, static_cast<uint16_t>(value));
    } else if (value == static_cast<int32_t>(value)) {
      out_ += opcode::kBinInt;
      zip::put<uint32_t>(out_, static_cast<uint32_t>(value));
    } else {
      std::string digits;
      zip::put<uint64_t>(digits, static_cast<uint64_t>(value));
      write_long(digits);
    }
  }

  void write_long(std::string_view digits) {  // little-endian two's complement
    if (digits.size() > 255) fail("an integer of more than 2040 bits");
    out_ += opcode::kLong1;
    out_ += static_cast<char>(digits.size());
    out_ += digits;
  }

  void write_number(double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    out_ += opcode::kBinFloat;
    for (int shift = 56; shift >= 0; shift -= 8) out_ += static_cast<char>(bits >> shift);
  }

  void write_text(std::string_view text) {
    const bool may_come_again = text.size() <= kLongestMemoized;
    if (may_come_again && recall(text_memo_, std::string(text))) return;
    if (!is_pickled_text(text)) fail("a text that is not UTF-8; store it as bytes");
    if (text.size() > 0xFFFFFFFF) fail("a text of more than 4 GiB");
    out_ += opcode::kBinUnicode;
    zip::put<uint32_t>(out_, static_cast<uint32_t>(text.size()));
    out_ += text;
    if (may_come_again) memoize(text_memo_, std::string(text));
  }

  void write_bytes(std::string_view bytes) {
    write_global("_codecs.encode");
    write_text(latin1_to_utf8(bytes));
    write_text("latin1");
    out_ += opcode::kTuple2;
    out_ += opcode::kReduce;
  }

  void write_list(const State::List& items) {
    out_ += opcode::kEmptyList;
    if (items.empty()) return;
    out_ += opcode::kMark;
    write_items(items);
    out_ += opcode::kAppends;
  }

  void write_tuple(const State::List& items) {
    constexpr char kShort[] = {opcode::kEmptyTuple, opcode::kTuple1, opcode::kTuple2, opcode::kTuple3};
    const bool is_short = items.size() < std::size(kShort);
    if (!is_short) out_ += opcode::kMark;
    write_items(items);
    out_ += is_short ? kShort[items.size()] : opcode::kTuple;
  }

  void write_items(const State::List& items) {
    for (size_t i = 0; i < items.size(); ++i) write_inside(items[i], i);
  }

  void write_dict(const State::Items& entries) {
    out_ += opcode::kEmptyDict;
    if (entries.empty()) return;
    out_ += opcode::kMark;
    for (const State::Item& item : entries) {
      if (!is_key(item.key)) fail(fmt::format("a {} is the key of a dict", item.key.kind_name()));
      write(item.key);
      write_inside(item.value, item.key);
    }
    out_ += opcode::kSetItems;
  }

  static bool is_key(const State& key) {
    if (key.kind() == State::Kind::record) return key.record().type == "int";
    if (key.kind() == State::Kind::tuple) return std::all_of(key.items().begin(), key.items().end(), is_key);
    return !key.is_tensor() && !key.is_dict() && !key.is_sequence();
  }

  void write_record(const State::Record& record) {
    if (record.type == "int") return write_long(record.arguments.items().at(0).bytes());
    if (!is_weights_only_class(record.type) || !record.state.is_none() || !record.items.is_none())
      fail(fmt::format("an object of the class {}, which torch.load refuses", record.type));
    write_global(record.type);
    if (record.arguments.is_none()) return;
    write_inside(record.arguments, size_t{0});
    out_ += opcode::kReduce;
  }

  void write_global(std::string_view name) {
    if (recall(global_memo_, std::string(name))) return;
    const size_t dot = name.rfind('.');
    out_ += opcode::kGlobal;
    out_ += name.substr(0, dot);
    out_ += '\n';
    out_ += name.substr(dot + 1);
    out_ += '\n';
    memoize(global_memo_, std::string(name));
  }

  /// In a pickle that holds its storages, each is as large as its tensor.
  void write_tensor(const at::Tensor& given) {
    const bool is_dense =
        given.layout() == c10::kStrided && !given.is_nested() && given.has_storage() && !given.is_meta();
    if (storages_place_ == Storages::beside || !is_dense) return write_dense(given);
    const at::Tensor own = given.detach().resolve_conj().resolve_neg().cpu().contiguous();
    write_dense(own.requires_grad_(given.requires_grad()));
  }

  void write_dense(const at::Tensor& tensor) {
    if (tensor.layout() != c10::kStrided || tensor.is_nested() || !tensor.has_storage() || tensor.is_meta())
      fail("only dense tensors that have memory can be written");
    const DtypeNames* names = find_dtype(tensor.scalar_type());
    if (!names) fail(fmt::format("tensors of type {} cannot be written", c10::toString(tensor.scalar_type())));
    const bool has_class = !names->storage_class.empty();
    write_global(has_class ? "torch._utils._rebuild_tensor_v2" : "torch._utils._rebuild_tensor_v3");
    out_ += opcode::kMark;
    write_storage(tensor, *names);
    write_integer(storages_place_ == Storages::within ? 0 : tensor.storage_offset());
    write_sizes(tensor.sizes());
    write_sizes(tensor.strides());
    out_ += tensor.requires_grad() ? opcode::kNewTrue : opcode::kNewFalse;
    write_global("collections.OrderedDict");
    out_ += opcode::kEmptyTuple;
    out_ += opcode::kReduce;
    if (!has_class) write_global(fmt::format("torch.{}", names->dtype_name));
    if (tensor.is_conj() || tensor.is_neg()) {
      State::Items flags;
      if (tensor.is_conj()) flags.push_back({"conj", true});
      if (tensor.is_neg()) flags.push_back({"neg", true});
      write_dict(flags);
    }
    out_ += opcode::kTuple;
    out_ += opcode::kReduce;
  }

  void write_sizes(c10::IntArrayRef sizes) {
    out_ += opcode::kMark;
    for (const int64_t size : sizes) write_integer(size);
    out_ += opcode::kTuple;
  }

  void write_storage_bytes(const at::Tensor& tensor) {
    write_global("torch.storage._load_from_bytes");
    const std::string bytes = storage_bytes(tensor);
    out_ += opcode::kBinBytes8;
    zip::put<uint64_t>(out_, bytes.size());
    out_ += bytes;
    out_ += opcode::kTuple1;
    out_ += opcode::kReduce;
  }

  void write_storage(const at::Tensor& tensor, const DtypeNames& names) {
    if (storages_place_ == Storages::within) return write_storage_bytes(tensor);
    const bool has_class = !names.storage_class.empty();
    const size_t element_bytes = has_class ? c10::elementSize(names.dtype) : 1;
    // torch.load gives a storage one type: memory that tensors of two types share is written once for each.
    const auto key = std::make_pair(static_cast<const void*>(tensor.storage().unsafeGetStorageImpl()),
                                    has_class ? names.dtype : c10::kByte);
    auto [it, is_new] = storage_numbers_.try_emplace(key, storages_.size());
    if (is_new) {
      const size_t count = tensor.storage().nbytes() / element_bytes;
      storages_.push_back({on_cpu(tensor), count * element_bytes});
      sources_.push_back(tensor.storage());
    }
    out_ += opcode::kMark;
    write_text("storage");
    write_global(has_class ? fmt::format("torch.{}", names.storage_class) : "torch.storage.UntypedStorage");
    write_text(std::to_string(it->second));
    write_text("cpu");
    write_integer(static_cast<int64_t>(storages_[it->second].size_bytes / element_bytes));
    out_ += opcode::kTuple;
    out_ += opcode::kBinPersId;
  }

  static c10::Storage on_cpu(const at::Tensor& tensor) {
    if (tensor.storage().device().is_cpu()) return tensor.storage();
    const c10::NoGradGuard no_grad;
    at::Tensor bytes = at::empty({0}, tensor.options().dtype(at::kByte).requires_grad(false));
    bytes.set_(tensor.storage(), 0, {static_cast<int64_t>(tensor.storage().nbytes())}, {1});
    return bytes.cpu().storage();
  }

  using Memo = std::unordered_map<std::string, uint32_t>;
  bool recall(const Memo& memo, const std::string& text) {
    const auto it = memo.find(text);
    if (it == memo.end()) return false;
    out_ += opcode::kLongBinGet;
    zip::put<uint32_t>(out_, it->second);
    return true;
  }
  void memoize(Memo& memo, std::string text) {
    out_ += opcode::kLongBinPut;
    zip::put<uint32_t>(out_, memo_size_);
    memo.emplace(std::move(text), memo_size_++);
  }

  const Storages storages_place_;
  std::string out_;
  TreePath path_;
  Memo text_memo_;
  Memo global_memo_;
  uint32_t memo_size_ = 0;
  std::vector<PickledState::Block> storages_;
  std::vector<c10::Storage> sources_;  // alive as long as their addresses are keys
  std::map<std::pair<const void*, c10::ScalarType>, size_t> storage_numbers_;
};

}  // namespace

PickledState pickle_state(const State& state) { return PickleWriter(PickleWriter::Storages::beside).run(state); }

std::string pickle_with_storages(const State& state) {
  return PickleWriter(PickleWriter::Storages::within).run(state).pickle;
}

}  // namespace millrace
