#include "millrace/base/error.h"
#include "millrace/config/python/parser_impl.h"

namespace millrace::py {

const Expr* Parser::parenthesised() {
  const uint32_t offset = take().offset;
  if (accept(")")) return make(Sequence{{ExprKind::sequence, offset}, Sequence::Type::tuple, {}});
  const Expr* first = starred_or_named();
  if (at_comprehension()) {
    first = comprehension(offset, Comprehension::Type::generator, nullptr, first);
  } else if (at(",")) {
    std::vector<const Expr*> items{first};
    while (accept(",") && !at(")")) items.push_back(starred_or_named());
    first = make(Sequence{{ExprKind::sequence, offset}, Sequence::Type::tuple, module_.arena.keep(items)});
  } else if (first->kind == ExprKind::starred) {
    fail_at(first->offset, "syntax error: '*' is allowed only in a list, tuple, set or call");
  }
  expect(")", "or ','");
  return first;
}

const Expr* Parser::list_display() {
  const uint32_t offset = take().offset;
  std::vector<const Expr*> items;
  while (!at("]")) {
    items.push_back(starred_or_named());
    if (items.size() == 1 && at_comprehension()) {
      const Expr* list = comprehension(offset, Comprehension::Type::list, nullptr, items[0]);
      expect("]", "at the end of a list comprehension");
      return list;
    }
    if (!accept(",")) break;
  }
  expect("]", "or ',' in a list");
  return make(Sequence{{ExprKind::sequence, offset}, Sequence::Type::list, module_.arena.keep(items)});
}

const Expr* Parser::brace_display() {
  const uint32_t offset = take().offset;
  if (accept("}")) return make(DictExpr{{ExprKind::dict, offset}, {}});
  std::vector<DictExpr::Item> entries;
  std::vector<const Expr*> items;
  bool is_dict = at("**");
  for (bool first = true; !at("}"); first = false) {
    if (is_dict && accept("**")) {
      entries.push_back({nullptr, arithmetic(1)});
    } else {
      const Expr* item = starred_or_named();
      if (first && at(":")) is_dict = true;
      if (is_dict) {
        expect(":", "after the key of a dict");
        entries.push_back({item, expression()});
      } else {
        items.push_back(item);
      }
      if (first && at_comprehension()) {
        const Expr* result = is_dict ? comprehension(offset, Comprehension::Type::dict, item, entries[0].value)
                                     : comprehension(offset, Comprehension::Type::set, nullptr, item);
        expect("}", "at the end of a comprehension");
        return result;
      }
    }
    if (!accept(",")) break;
  }
  expect("}", is_dict ? "or ',' in a dict" : "or ',' in a set");
  if (is_dict) return make(DictExpr{{ExprKind::dict, offset}, module_.arena.keep(entries)});
  return make(Sequence{{ExprKind::sequence, offset}, Sequence::Type::set, module_.arena.keep(items)});
}

std::span<const Comprehension::For> Parser::comprehension_clauses() {
  std::vector<Comprehension::For> clauses;
  while (accept("for")) {
    const Expr* target = target_list("in");
    expect("in", "in a comprehension");
    const Expr* iterable = disjunction();
    std::vector<const Expr*> conditions;
    while (accept("if")) conditions.push_back(at("lambda") ? lambda() : disjunction());
    clauses.push_back({target, iterable, module_.arena.keep(conditions)});
  }
  if (at("async")) fail_at(peek().offset, "'async' is not part of the config language");
  return module_.arena.keep(clauses);
}

const Expr* Parser::comprehension(uint32_t offset, Comprehension::Type type, const Expr* key, const Expr* element) {
  if (element->kind == ExprKind::starred) fail_at(element->offset, "syntax error: a comprehension cannot have '*'");
  return make(Comprehension{{ExprKind::comprehension, offset}, type, key, element, comprehension_clauses()});
}

}  // namespace millrace::py
