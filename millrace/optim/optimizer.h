#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "millrace/optim/param_group.h"
#include "millrace/registry/component.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// A rule by which parameters follow their gradients.
///
///     SGD sgd({ParamGroup{net->parameters()}}, {.lr = 0.1, .momentum = 0.9});
///
/// Parameters without a gradient are passed over, and their state does not move. States are torch.optim's, so each side
/// reads what the other has saved:  {state: {number: {exp_avg, …}}, param_groups: [{lr, …, params: [number, …]}]}.
///
/// An optimizer of your own names its settings and its state, and moves one bucket; see sgd.cpp.
class Optimizer {
 public:
  static constexpr const char* kKind = "Optimizer";
  using Registry = millrace::Registry<Optimizer, std::vector<ParamGroup>>;
  /// Forward and backward pass, for rules that look at the loss several times a step.
  using Closure = std::function<at::Tensor()>;

  virtual ~Optimizer();
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  void step();
  /// By default the closure is called once, before the step; returns its loss.
  virtual at::Tensor step(const Closure& closure);
  /// Gradients become none: a parameter that the next loss does not reach is passed over, and one that it does reach
  /// takes over the memory of the backward pass instead of adding to zeros.
  void zero_grad();

  std::span<ParamGroup> groups() { return groups_; }
  std::span<const ParamGroup> groups() const { return groups_; }
  /// Whether a checkpoint has several groups: then the last of groups() has no parameters, but the settings before any
  /// multiplier, and is what files call base_param_settings.
  bool has_base_group() const { return has_base_group_; }
  /// Gradients that are there, over all groups.
  std::vector<at::Tensor> grads() const;

  State state_dict() const;
  /// Takes over settings and state. Any division into groups will do as long as the parameters are as many. Throws
  /// Error if their number, a shape or the kind of state is another; then nothing has changed.
  void load_state_dict(const State& state);

  /// Of each group of a file, the group here that it is (a part of), in the file's order; the base group last, if there
  /// is one: for whoever saves one value a group.
  std::vector<size_t> file_group_sources() const;
  /// In the order and under the numbers of the state.
  void for_each_param(
      const std::function<void(int64_t number, const std::string& name, const at::Tensor& param)>& visit) const;

 protected:
  struct Setting {
    enum class Kind {
      number,
      flag,      // a number that is 0 or 1 here and False or True in files
      betas,     // two numbers, momentum and beta2: a tuple in files
      constant,  // only in files
    };
    std::string name;
    State value;  // what the options say
    Kind kind = Kind::number;
  };
  /// Parameters of one group, device and dtype that have a gradient, and their state, column by column.
  struct Bucket {
    std::vector<at::Tensor> params, grads;
    std::vector<std::vector<at::Tensor>> state;
    bool fresh = false;  // some of their state was made for this step
    bool fused = false;  // libtorch's fused kernels take them
    std::vector<size_t> members;
  };

  /// `settings` begins with lr; both in the order that torch.optim writes. `fused` false: never by fused kernels.
  Optimizer(std::vector<ParamGroup> groups, std::vector<Setting> settings, std::vector<std::string> state_names,
            bool fused = true);

  /// How many of the state's columns the group keeps under its settings.
  virtual size_t state_columns(const ParamGroup& group) const = 0;
  /// Zeros like the parameter, unless a rule wants something else.
  virtual at::Tensor make_state(size_t column, const at::Tensor& param) const;
  /// In no-grad mode.
  virtual void step_bucket(const ParamGroup& group, Bucket& bucket) = 0;

 private:
  struct GroupState {
    std::vector<std::vector<at::Tensor>> columns;  // [column][parameter]; undefined where there is none
    std::vector<Bucket> buckets;
    std::vector<uint8_t> had_grad;  // when the buckets were made
    size_t columns_used = 0;        // then, too
    bool stale = true;
  };
  struct Member {
    size_t group, param;
  };
  void take_settings(ParamGroup& group) const;
  void number_members();
  bool fits_buckets(size_t group) const;
  void make_buckets(size_t group);
  State settings_of(const ParamGroup& group) const;
  void load_settings(ParamGroup& group, const State& saved) const;
  std::vector<at::Tensor> param_state(const Member& member, const State& saved) const;

  std::vector<ParamGroup> groups_;
  std::vector<Setting> settings_;
  std::vector<std::string> state_names_;
  bool fused_;
  std::vector<GroupState> states_;
  std::vector<std::vector<Member>> file_groups_;  // the groups of a file, their members in its order
  bool has_base_group_ = false;
};

}  // namespace millrace
