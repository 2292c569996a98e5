#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "millrace/base/error.h"

namespace millrace {

/// The mistakes between two or more fields, each of which is right by itself. A component's `check` adds to it:
///
///     struct Checked {
///       static void check(const SGDOptions& o, Complaints& complaints) {
///         if (o.nesterov && o.momentum <= 0)
///           complaints.add("nesterov", "nesterov needs momentum above 0").help("momentum=0.9");
///       }
///     };
///
/// The text is the same for a config and for a constructor in C++; a config adds the place. All broken rules are
/// reported, so a check goes on after the first.
class Complaints {
 public:
  /// `owner` is the component's name in messages: "SGD".
  explicit Complaints(std::string owner) : owner_(std::move(owner)) {}

  /// A complaint about the field of this key: an error in a config points at the line of the key. The returned error is
  /// valid until the next complaint.
  Error& add(std::string_view key, std::string what) { return add_for(std::string(key), std::move(what)); }
  /// A complaint about the options as a whole.
  Error& add(std::string what) { return add_for({}, std::move(what)); }

  /// The name of the component whose options these are: for an Options that several components share.
  const std::string& owner() const { return owner_; }

  struct Complaint {
    std::string key;  // empty: of the whole
    Error error;
  };
  const std::vector<Complaint>& all() const { return all_; }
  /// For options that do not belong to a component: throws one Error with all complaints, if there are any.
  void throw_if_any() const {
    Mistakes mistakes;
    for (const Complaint& complaint : all_) mistakes.add(complaint.error);
    mistakes.throw_if_any();
  }

 private:
  Error& add_for(std::string key, std::string what) {
    all_.push_back({std::move(key), Error(std::move(what))});
    return all_.back().error;
  }

  std::string owner_;
  std::vector<Complaint> all_;
};

}  // namespace millrace
