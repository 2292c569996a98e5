#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/config/value.h"

namespace millrace {

class ComponentTable;

/// A component that a config names and this program does not have: of a library that is not loaded, or not written yet.
struct AbsentComponent {
  std::string name;    // "mmdet.FasterRCNN", "EMAHook"
  std::string kind;    // "Hook"; empty where the config does not say which kind stands there
  std::string reason;  // "the scope 'mmdet' is not installed"
  Place place;         // of the first mention
  int64_t count = 1;   // mentions
  /// The root has one of this name, and a library that is not installed seldom has its own.
  bool may_be_roots = false;

  /// "no Hook 'EMAHook': this build has none, 3 times".
  std::string text() const;
};

/// Carries what binding a config to options needs on its way through the tree: the mistakes found so far, the
/// components that are not there, the default scope of names, the table to look them up in, and where in the tree it
/// stands.
class Binder {
 public:
  /// Looks names up in the table of the process.
  explicit Binder(std::string scope = {});
  /// `table` must outlive the binder and what it binds.
  Binder(std::string scope, const ComponentTable& table) : table_(table), scope_(std::move(scope)) {}
  /// For trying one of several readings of the value at hand: the same circumstances, and mistakes of its own, all of
  /// which count.
  Binder trial() const;

  /// Of a part of a config nothing is missing: what is not there may come from elsewhere.
  void set_fragment(bool fragment) { fragment_ = fragment; }
  bool is_fragment() const { return fragment_; }
  /// The config names sources of components that were not loaded: no unknown name is a slip.
  void set_foreign_sources(bool foreign) { foreign_sources_ = foreign; }
  bool has_foreign_sources() const { return foreign_sources_; }

  Mistakes& mistakes() { return mistakes_; }
  const Mistakes& mistakes() const { return mistakes_; }
  /// No mistakes; components may be absent.
  bool ok() const { return mistakes_.empty(); }

  /// Adds a mistake at `value`: the error's place is the value's; where it has none, the path in the tree is the place.
  /// The error is valid until the next mistake.
  Error& mistake(const Value& value, std::string what);
  Error& mistake(const Place& place, std::string what);
  /// The same for an error with its notes, which has no place yet.
  Error& mistake(const Value& value, Error error) { return mistake(value.place(), std::move(error)); }
  Error& mistake(const Place& place, Error error);
  /// "OWNER has no key 'KEY'; did you mean 'RIGHT'?" at the key. `known` is what might have been meant, `listed` what
  /// the note names. Returns what was meant, if a name is near.
  std::optional<std::string> unknown_key(const Value& key, const std::string& owner, std::span<const std::string> known,
                                         std::span<const std::string> listed);

  void add_absent(AbsentComponent component);
  /// In the order of their first mention.
  const std::vector<AbsentComponent>& absent() const { return absent_; }
  /// Takes over what another binder found.
  void add(const Binder& other);
  /// Throws one Error of all mistakes and all absent components, if there is any.
  void throw_if_any() const;

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

  /// For the time of its life, what is bound belongs to somebody unknown, who may read more keys and other values: a
  /// key that is close to a known one is a mistake, and nothing else.
  class Lenient {
   public:
    explicit Lenient(Binder& binder, bool lenient = true) : binder_(binder), saved_(binder.lenient_) {
      binder_.lenient_ = saved_ || lenient;
    }
    ~Lenient() { binder_.lenient_ = saved_; }
    Lenient(const Lenient&) = delete;
    Lenient& operator=(const Lenient&) = delete;

   private:
    Binder& binder_;
    bool saved_;
  };
  bool is_lenient() const { return lenient_; }

  /// What the value at hand is called in messages: "StepLR.step_size", "step_size" or "an entry of milestones".
  std::string subject() const { return subject_; }
  void set_subject(std::string subject) { subject_ = std::move(subject); }

  /// "SUBJECT must be EXPECTED, got VALUE (kind)".
  void wrong_type(const Value& value, std::string_view expected);
  /// Of a trial: whether the value as a whole, not something in it, was of the wrong type.
  bool refused_whole() const { return refused_whole_; }

 private:
  const ComponentTable& table_;
  Mistakes mistakes_;
  std::vector<AbsentComponent> absent_;
  std::string scope_;
  std::vector<std::string> path_;
  std::string subject_;
  bool fragment_ = false, foreign_sources_ = false, lenient_ = false, trial_ = false, refused_whole_ = false;
  size_t trial_depth_ = 0;
  Error passed_over_{""};  // a lenient binder's mistakes
};

}  // namespace millrace
