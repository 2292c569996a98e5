#include "millrace/checkpoint/pickle_machine.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <stdexcept>

#include "millrace/base/error.h"
#include "millrace/checkpoint/pickle_calls.h"
#include "millrace/checkpoint/pickle_opcodes.h"
#include "millrace/checkpoint/utf8.h"
#include "millrace/checkpoint/zip_format.h"

namespace millrace {
namespace {

constexpr size_t kLongestName = 1000;
constexpr PickleGraph::Ref kUnset = UINT32_MAX;

}  // namespace

PickleMachine::PickleMachine(std::string_view pickle, std::string path, PickleGraph& graph,
                             const StorageLoader& load_storage)
    : pickle_(pickle), path_(std::move(path)), graph_(graph), load_storage_(load_storage) {}

PickleGraph::Ref PickleMachine::run() {
  try {
    for (;;) {
      opcode_position_ = position_;
      const char opcode = fixed<char>();
      if (opcode == opcode::kStop) break;
      if (!step(opcode)) fail(fmt::format("the unknown opcode 0x{:02x}", static_cast<unsigned char>(opcode)));
    }
    if (stack_.size() != 1 || !marks_.empty()) fail(fmt::format("{} objects are left", stack_.size()));
    return stack_.back();
  } catch (const std::invalid_argument& error) {
    fail(error.what());
  } catch (const std::length_error& error) {
    fail(error.what());
  } catch (const c10::Error& error) {
    fail(error.what_without_backtrace());
  }
}

void PickleMachine::fail(const std::string& what) const {
  throw Error(Place(path_), fmt::format("byte {} of the pickle: {}", opcode_position_, what));
}

bool PickleMachine::step(char opcode) {
  return step_container(opcode) || step_memo(opcode) || step_text(opcode) || step_number(opcode) || step_object(opcode);
}

bool PickleMachine::step_number(char opcode) {
  switch (opcode) {
    case opcode::kNone:
      push(PickleGraph::kNone);
      return true;
    case opcode::kNewTrue:
      push(PickleGraph::kTrue);
      return true;
    case opcode::kNewFalse:
      push(PickleGraph::kFalse);
      return true;
    case opcode::kBinInt1:
      push(graph_.add_integer(fixed<uint8_t>()));
      return true;
    case opcode::kBinInt2:
      push(graph_.add_integer(fixed<uint16_t>()));
      return true;
    case opcode::kBinInt:
      push(graph_.add_integer(static_cast<int32_t>(fixed<uint32_t>())));
      return true;
    case opcode::kLong1:
      push_long(take(fixed<uint8_t>()));
      return true;
    case opcode::kLong4:
      push_long(take(fixed<uint32_t>()));
      return true;
    case opcode::kBinFloat: {
      uint64_t bits = 0;
      for (const char c : take(8)) bits = bits << 8 | static_cast<unsigned char>(c);
      const Ref ref = graph_.add(Kind::number);
      graph_[ref].number = std::bit_cast<double>(bits);
      push(ref);
      return true;
    }
    case opcode::kIntText: {
      const std::string_view text = line();
      if (text == "00" || text == "01") {
        push(text == "01" ? PickleGraph::kTrue : PickleGraph::kFalse);
      } else {
        push_long_text(text);
      }
      return true;
    }
    case opcode::kLongText: {
      std::string_view text = line();
      if (text.ends_with('L')) text.remove_suffix(1);
      push_long_text(text);
      return true;
    }
    case opcode::kFloatText: {
      const std::string_view text = line();
      double value = 0;
      if (std::from_chars(text.data(), text.data() + text.size(), value).ptr != text.data() + text.size())
        fail("an invalid number");
      const Ref ref = graph_.add(Kind::number);
      graph_[ref].number = value;
      push(ref);
      return true;
    }
    default:
      return false;
  }
}

bool PickleMachine::step_text(char opcode) {
  switch (opcode) {
    case opcode::kBinUnicode:
      push_text(take(fixed<uint32_t>()));
      return true;
    case opcode::kShortBinUnicode:
      push_text(take(fixed<uint8_t>()));
      return true;
    case opcode::kBinString:
      push_python2_string(take(fixed<uint32_t>()));
      return true;
    case opcode::kShortBinString:
      push_python2_string(take(fixed<uint8_t>()));
      return true;
    case opcode::kBinUnicode8:
      push_text(take(fixed<uint64_t>()));
      return true;
    case opcode::kBinBytes:
      push(graph_.add_text(Kind::bytes, take(fixed<uint32_t>())));
      return true;
    case opcode::kShortBinBytes:
      push(graph_.add_text(Kind::bytes, take(fixed<uint8_t>())));
      return true;
    case opcode::kBinBytes8:
      push(graph_.add_text(Kind::bytes, take(fixed<uint64_t>())));
      return true;
    case opcode::kByteArray8: {
      const Ref bytes = graph_.add_text(Kind::bytes, take(fixed<uint64_t>()));
      push(graph_.add_call("builtins.bytearray", tuple_of({bytes})));
      return true;
    }
    default:
      return false;
  }
}

bool PickleMachine::step_container(char opcode) {
  switch (opcode) {
    case opcode::kMark:
      marks_.push_back(stack_.size());
      return true;
    case opcode::kEmptyTuple:
      push(PickleGraph::kEmptyTuple);
      return true;
    case opcode::kTuple1:
    case opcode::kTuple2:
    case opcode::kTuple3: {
      std::vector<Ref> items(static_cast<size_t>(opcode - opcode::kTuple1) + 1);
      for (auto it = items.rbegin(); it != items.rend(); ++it) *it = pop();
      push(tuple_of(std::move(items)));
      return true;
    }
    case opcode::kTuple:
      push(tuple_of(pop_to_mark()));
      return true;
    case opcode::kEmptyList:
      push(graph_.add(Kind::list));
      return true;
    case opcode::kList:
      push(list_of(pop_to_mark()));
      return true;
    case opcode::kEmptyDict:
      push(graph_.add(Kind::dict));
      return true;
    case opcode::kDict: {
      const std::vector<Ref> items = pop_to_mark();
      push(graph_.add(Kind::dict));
      set_items(top(), items);
      return true;
    }
    case opcode::kEmptySet:
      push(graph_.add_call("builtins.set", tuple_of({list_of({})})));
      return true;
    case opcode::kFrozenSet:
      push(graph_.add_call("builtins.frozenset", tuple_of({list_of(pop_to_mark())})));
      return true;
    case opcode::kAddItems: {
      const std::vector<Ref> items = pop_to_mark();
      if (graph_[top()].kind != Kind::object || graph_[top()].text != "builtins.set") fail("items added to no set");
      append(graph_[graph_[top()].arguments].children.at(0), items);
      return true;
    }
    case opcode::kAppend: {
      const Ref item = pop();
      append(top(), {item});
      return true;
    }
    case opcode::kAppends: {
      const std::vector<Ref> items = pop_to_mark();
      append(top(), items);
      return true;
    }
    case opcode::kSetItem: {
      const Ref value = pop();
      const Ref key = pop();
      set_items(top(), {key, value});
      return true;
    }
    case opcode::kSetItems: {
      const std::vector<Ref> items = pop_to_mark();
      set_items(top(), items);
      return true;
    }
    case opcode::kPop:
      if (!marks_.empty() && marks_.back() == stack_.size()) marks_.pop_back();
      else pop();
      return true;
    case opcode::kPopMark:
      pop_to_mark();
      return true;
    case opcode::kDup:
      push(top());
      return true;
    default:
      return false;
  }
}

bool PickleMachine::step_memo(char opcode) {
  const auto number_of = [this](std::string_view text) {
    uint64_t number = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), number).ptr != text.data() + text.size() ||
        text.empty())
      fail("an invalid memo number");
    return number;
  };
  switch (opcode) {
    case opcode::kBinPut:
      put(fixed<uint8_t>());
      return true;
    case opcode::kLongBinPut:
      put(fixed<uint32_t>());
      return true;
    case opcode::kPut:
      put(number_of(line()));
      return true;
    case opcode::kMemoize:
      put(memo_.size());
      return true;
    case opcode::kBinGet:
      get(fixed<uint8_t>());
      return true;
    case opcode::kLongBinGet:
      get(fixed<uint32_t>());
      return true;
    case opcode::kGet:
      get(number_of(line()));
      return true;
    default:
      return false;
  }
}

bool PickleMachine::step_object(char opcode) {
  switch (opcode) {
    case opcode::kProto:
      if (fixed<uint8_t>() > 5) fail("a protocol above 5");
      return true;
    case opcode::kFrame:
      if (fixed<uint64_t>() > pickle_.size() - position_) fail("a frame beyond the end");
      return true;
    case opcode::kGlobal: {
      const std::string_view module = line();
      push_global(module, line());
      return true;
    }
    case opcode::kStackGlobal: {
      const Ref name = pop();
      const Ref module = pop();
      if (graph_[name].kind != Kind::text || graph_[module].kind != Kind::text) fail("a class whose name is not text");
      push_global(graph_[module].text, graph_[name].text);
      return true;
    }
    case opcode::kReduce:
    case opcode::kNewObj: {
      const Ref arguments = pop();
      const Ref function = pop();
      call(function, arguments);
      return true;
    }
    case opcode::kNewObjEx: {
      const Ref keywords = pop();
      const Ref arguments = pop();
      const Ref function = pop();
      if (graph_[keywords].kind != Kind::dict) fail("keyword arguments that are not a dict");
      call(function, graph_[keywords].children.empty() ? arguments : tuple_of({arguments, keywords}));
      return true;
    }
    case opcode::kInst: {
      const std::string_view module = line();
      push_global(module, line());
      const Ref type = pop();
      call(type, tuple_of(pop_to_mark()));
      return true;
    }
    case opcode::kObj: {
      std::vector<Ref> items = pop_to_mark();
      if (items.empty()) fail("an object without a class");
      const Ref type = items.front();
      items.erase(items.begin());
      call(type, tuple_of(std::move(items)));
      return true;
    }
    case opcode::kBuild: {
      const Ref state = pop();
      build(top(), state);
      return true;
    }
    case opcode::kBinPersId:
      push(load_persistent(graph_, pop(), load_storage_));
      return true;
    default:
      return false;
  }
}

template <class T>
T PickleMachine::fixed() {
  return zip::get<T>(take(sizeof(T)), 0);
}

std::string_view PickleMachine::take(uint64_t size) {
  if (size > pickle_.size() - position_)
    fail(fmt::format("{} bytes are announced, {} are left", size, pickle_.size() - position_));
  const std::string_view data = pickle_.substr(position_, size);
  position_ += size;
  return data;
}

std::string_view PickleMachine::line() {
  const size_t end = pickle_.substr(position_, kLongestName).find('\n');
  if (end == std::string_view::npos) fail(fmt::format("a line of more than {} characters", kLongestName));
  const std::string_view text = take(end);
  take(1);
  return text;
}

void PickleMachine::push_text(std::string_view text) {
  if (!is_pickled_text(text)) fail("a text that is not UTF-8");
  push(graph_.add_text(Kind::text, text));
}

/// Python 2 had one type for text and for bytes.
void PickleMachine::push_python2_string(std::string_view string) {
  push(graph_.add_text(is_pickled_text(string) ? Kind::text : Kind::bytes, string));
}

void PickleMachine::push_long(std::string_view digits) {
  const auto sign_of = [&](size_t i) { return static_cast<signed char>(digits[i]) < 0 ? '\xFF' : '\0'; };
  while (digits.size() > 1 && digits.back() == sign_of(digits.size() - 2)) digits.remove_suffix(1);
  if (digits.size() > 8) return push(graph_.add_text(Kind::large_integer, digits));
  uint64_t value = digits.empty() || sign_of(digits.size() - 1) == '\0' ? 0 : UINT64_MAX;
  for (size_t i = digits.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(digits[i]);
  push(graph_.add_integer(static_cast<int64_t>(value)));
}

void PickleMachine::push_long_text(std::string_view digits) {
  int64_t value = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || failure != std::errc() || end != digits.data() + digits.size())
    fail("an invalid decimal integer, or one of more than 64 bits");
  push(graph_.add_integer(value));
}

void PickleMachine::push_global(std::string_view module, std::string_view name) {
  if (module.empty() || name.empty() || module.size() + name.size() > kLongestName) fail("a class without a name");
  if (!is_pickled_text(module) || !is_pickled_text(name)) fail("a class whose name is not UTF-8");
  std::string type = fmt::format("{}.{}", module, name);
  if (is_attack(type)) fail(fmt::format("the file is an attack: where a reader runs code, it would use {}", type));
  push(graph_.add_text(Kind::global, graph_.keep(std::move(type))));
}

PickleGraph::Ref PickleMachine::top() const {
  if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) fail("the stack is empty");
  return stack_.back();
}

PickleGraph::Ref PickleMachine::pop() {
  const Ref ref = top();
  stack_.pop_back();
  return ref;
}

std::vector<PickleGraph::Ref> PickleMachine::pop_to_mark() {
  if (marks_.empty()) fail("there is no mark on the stack");
  const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<Ref> items(begin, stack_.end());
  stack_.erase(begin, stack_.end());
  marks_.pop_back();
  return items;
}

PickleGraph::Ref PickleMachine::tuple_of(std::vector<Ref> items) {
  if (items.empty()) return PickleGraph::kEmptyTuple;
  const Ref ref = graph_.add(Kind::tuple);
  graph_[ref].children = std::move(items);
  return ref;
}

PickleGraph::Ref PickleMachine::list_of(std::vector<Ref> items) {
  const Ref ref = graph_.add(Kind::list);
  graph_[ref].children = std::move(items);
  return ref;
}

void PickleMachine::put(uint64_t number) {
  constexpr uint64_t kLargestGap = 4096;  // picklers count up by one
  const Ref ref = top();
  if (number > memo_.size() + kLargestGap) fail(fmt::format("memo {} is set after {}", number, memo_.size()));
  if (number >= memo_.size()) memo_.resize(number + 1, kUnset);
  memo_[number] = ref;
}

void PickleMachine::get(uint64_t number) {
  if (number >= memo_.size() || memo_[number] == kUnset) fail(fmt::format("memo {} is not set", number));
  push(memo_[number]);
}

void PickleMachine::append(Ref container, const std::vector<Ref>& items) {
  if (graph_[container].kind == Kind::object) {
    if (graph_[container].items == PickleGraph::kNone) {
      const Ref list = list_of({});
      graph_[container].items = list;
    }
    container = graph_[container].items;
  }
  if (graph_[container].kind != Kind::list) fail("items appended to something that is not a list");
  auto& children = graph_[container].children;
  children.insert(children.end(), items.begin(), items.end());
}

void PickleMachine::set_items(Ref container, const std::vector<Ref>& items) {
  if (graph_[container].kind == Kind::object) {
    if (graph_[container].items == PickleGraph::kNone) {
      const Ref dict = graph_.add(Kind::dict);
      graph_[container].items = dict;
    }
    container = graph_[container].items;
  }
  if (graph_[container].kind != Kind::dict) fail("items set in something that is not a dict");
  if (items.size() % 2 != 0) fail("a key without a value");
  auto& children = graph_[container].children;
  children.insert(children.end(), items.begin(), items.end());
}

void PickleMachine::build(Ref object, Ref state) {
  switch (graph_[object].kind) {
    case Kind::object:
      graph_[object].state = state;
      return;
    case Kind::dict:  // `_metadata` of a state_dict
    case Kind::tensor:
      return;  // attributes that a State has no place for
    default:
      fail("attributes set on what has none");
  }
}

void PickleMachine::call(Ref function, Ref arguments) {
  if (graph_[arguments].kind != Kind::tuple) fail("a call whose arguments are not a tuple");
  if (graph_[function].kind == Kind::object) {  // such as the method that a getattr gave
    push(graph_.add_call("()", tuple_of({function, arguments})));
    return;
  }
  if (graph_[function].kind != Kind::global) fail("a call of something that is not a function");
  const std::string_view name = graph_[function].text;
  if (const std::optional<Ref> made = known_call(graph_, name, graph_[arguments].children)) return push(*made);
  push(graph_.add_call(name, arguments));
}

}  // namespace millrace
