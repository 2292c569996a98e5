#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/config/value.h"

namespace millrace {

class ComponentTable;

/// Carries what binding a config to options needs on its way through the tree: the mistakes found so far, the default
/// scope of names, the table to look them up in, and where in the tree it stands.
class Binder {
 public:
  /// Looks names up in the table of the process.
  explicit Binder(std::string scope = {});
  /// `table` must outlive the binder and what it binds.
  Binder(std::string scope, const ComponentTable& table) : table_(table), scope_(std::move(scope)) {}

  Mistakes& mistakes() { return mistakes_; }
  bool ok() const { return mistakes_.empty(); }

  /// Adds a mistake at `value`: the error's place is the value's; where it has none, the path in the tree is the place.
  Error& mistake(const Value& value, std::string what);
  Error& mistake(const Place& place, std::string what);

  const ComponentTable& table() const { return table_; }
  const std::string& scope() const { return scope_; }
  /// "train_dataloader.dataset.pipeline.1".
  std::string path() const;

  /// Binds a key (or an index) below: for the time of its life, path() and the subject of messages are one level
  /// deeper.
  class Step {
   public:
    Step(Binder& binder, std::string key) : binder_(binder) { binder_.path_.push_back(std::move(key)); }
    ~Step() { binder_.path_.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Binder& binder_;
  };

  /// For the time of its life, bare names are looked up in another scope first (`_scope_`).
  class InScope {
   public:
    InScope(Binder& binder, std::string scope) : binder_(binder), saved_(std::move(binder.scope_)) {
      binder_.scope_ = std::move(scope);
    }
    ~InScope() { binder_.scope_ = std::move(saved_); }
    InScope(const InScope&) = delete;
    InScope& operator=(const InScope&) = delete;

   private:
    Binder& binder_;
    std::string saved_;
  };

  /// What the value at hand is called in messages: "StepLR.step_size", "step_size" or "an entry of milestones".
  std::string subject() const { return subject_; }
  void set_subject(std::string subject) { subject_ = std::move(subject); }

  /// "SUBJECT must be EXPECTED, got VALUE (kind)".
  void wrong_type(const Value& value, std::string_view expected);

 private:
  const ComponentTable& table_;
  Mistakes mistakes_;
  std::string scope_;
  std::vector<std::string> path_;
  std::string subject_;
};

}  // namespace millrace
