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

/// A component that a config names and this program does not have: its library is not loaded, or nobody has written it
/// yet.
struct AbsentComponent {
  std::string name;    // "mmdet.FasterRCNN", "EMAHook"
  std::string kind;    // "Hook"; empty if the config does not tell the kind
  std::string reason;  // "the scope 'mmdet' is not installed"
  Place place;         // of the first mention
  int64_t count = 1;   // mentions
  /// The root has a class of this name, and the library that is not installed probably has no other one.
  bool may_be_roots = false;

  /// "no Hook 'EMAHook': this build has none, 3 times".
  std::string text() const;
};

/// Carries the state of binding a config to options through the tree: the mistakes and the absent components found so
/// far, the default scope of names, the table to look them up in, and the path in the tree.
class Binder {
 public:
  /// Looks up names in the table of the process.
  explicit Binder(std::string scope = {});
  /// `table` must outlive the binder and what it binds.
  Binder(std::string scope, const ComponentTable& table) : table_(table), scope_(std::move(scope)) {}
  /// Tries one of several readings of the current value: a binder with the same settings and its own list of mistakes,
  /// all of which count.
  Binder trial() const;

  /// A fragment is only a part of a config: missing keys are no mistakes, since another file may have them.
  void set_fragment(bool fragment) { fragment_ = fragment; }
  bool is_fragment() const { return fragment_; }
  /// Set if the config imports sources of components that Millrace does not load: then an unknown name may be one of
  /// theirs, and is not a mistake.
  void set_foreign_sources(bool foreign) { foreign_sources_ = foreign; }
  bool has_foreign_sources() const { return foreign_sources_; }

  Mistakes& mistakes() { return mistakes_; }
  const Mistakes& mistakes() const { return mistakes_; }
  /// True without mistakes; components may be absent.
  bool ok() const { return mistakes_.empty(); }

  /// Adds a mistake at the place of `value`, or at its path in the tree if it has no place. The returned error is valid
  /// until the next mistake.
  Error& mistake(const Value& value, std::string what);
  Error& mistake(const Place& place, std::string what);
  /// The same for an error with its notes, which has no place yet.
  Error& mistake(const Value& value, Error error) { return mistake(value.place(), std::move(error)); }
  Error& mistake(const Place& place, Error error);
  /// "OWNER has no key 'KEY'; did you mean 'RIGHT'?" at the key. `known` are the candidates for the suggestion,
  /// `listed` the names in the note. Returns the suggestion, if a name is near.
  std::optional<std::string> unknown_key(const Value& key, const std::string& owner, std::span<const std::string> known,
                                         std::span<const std::string> listed);

  void add_absent(AbsentComponent component);
  /// In the order of their first mention.
  const std::vector<AbsentComponent>& absent() const { return absent_; }
  /// Takes over what another binder found.
  void add(const Binder& other);
  /// Throws one Error with all mistakes and absent components, if there are any.
  void throw_if_any() const;

  const ComponentTable& table() const { return table_; }
  const std::string& scope() const { return scope_; }
  /// "train_dataloader.dataset.pipeline.1".
  std::string path() const;

  /// Goes down to a key or an index: while it lives, path() and the subject of messages are one level deeper.
  class Step {
   public:
    Step(Binder& binder, std::string key) : binder_(binder) { binder_.path_.push_back(std::move(key)); }
    ~Step() { binder_.path_.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Binder& binder_;
  };

  /// While it lives, bare names are looked up in another scope first (`_scope_`).
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

  /// While it lives, the bound values belong to an unknown component, which may read more keys and other values. Only a
  /// key that is close to a known one is a mistake.
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

  /// The name of the current value in messages: "StepLR.step_size", "step_size" or "an entry of milestones".
  std::string subject() const { return subject_; }
  void set_subject(std::string subject) { subject_ = std::move(subject); }

  /// "a null pointer where a Metric is needed", for what C++ gave.
  void null_pointer(const char* kind);
  /// "SUBJECT must be EXPECTED, got VALUE (kind)".
  void wrong_type(const Value& value, std::string_view expected);
  /// For a trial: whether the value itself, not something in it, had the wrong type.
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
