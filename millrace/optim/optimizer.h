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
/// Parameters without a gradient are skipped, and their state does not move. States are torch.optim's, so each side
/// reads what the other has saved:  {state: {number: {exp_avg, …}}, param_groups: [{lr, …, params: [number, …]}]}.
///
/// An optimizer of your own derives from OptimizerWith (optimizer_with.h).
class Optimizer {
 public:
  static constexpr const char* kKind = "Optimizer";
  using Registry = millrace::Registry<Optimizer, std::vector<ParamGroup>>;
  /// Forward and backward pass: fills the gradients anew and returns the loss. Called with gradients on.
  using Closure = std::function<at::Tensor()>;

  /// Parameters of one group, device and dtype that have a gradient, and their state, column by column.
  struct Bucket {
    std::vector<at::Tensor> params, grads;
    std::vector<std::vector<at::Tensor>> state;  // [column][parameter]; empty for a column that is not kept
    bool fresh = false;                          // some of their state was made for this step
    bool fused = false;                          // libtorch's fused kernels take them
    std::vector<size_t> members;
  };

  virtual ~Optimizer();
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Throws Error if the rule needs a closure.
  virtual void step();
  /// By default the closure is called once, before the step; returns its loss.
  virtual at::Tensor step(const Closure& closure);
  /// Whether the rule looks at the loss several times a step (LBFGS), so that step() alone is no use.
  virtual bool needs_closure() const { return false; }
  /// Gradients become undefined: a parameter that the next loss does not reach is skipped, and one that it does reach
  /// takes over the memory of the backward pass instead of adding to zeros.
  void zero_grad();

  /// A rule that trains other weights than it evaluates (Schedule-Free) writes one or the other into the parameters.
  /// The loops call these before they train and before they evaluate, also several times in a row.
  virtual void train() {}
  virtual void eval() {}

  std::span<ParamGroup> groups() { return groups_; }
  std::span<const ParamGroup> groups() const { return groups_; }
  /// Whether a checkpoint has several groups: then the last of groups() has no parameters, but the settings before any
  /// multiplier, and is what files call base_param_settings.
  bool has_base_group() const { return has_base_group_; }
  /// Gradients that are there, over all groups.
  std::vector<at::Tensor> grads() const;

  State state_dict() const;
  /// Takes over settings and state. Any division into groups will do as long as the parameters are as many. Throws
  /// Error if their number, a shape or the kind of state differs; then nothing has changed.
  void load_state_dict(const State& state);

  /// Of each group of a file, the group here that it is (a part of), in the file's order; the base group last, if there
  /// is one: for whoever saves one value a group.
  std::vector<size_t> file_group_sources() const;
  /// In the order and under the numbers of the state.
  void for_each_param(
      const std::function<void(int64_t number, const std::string& name, const at::Tensor& param)>& visit) const;

 protected:
  /// Where a group's settings come from: the Schema of a component, a new copy of its Options, and their check.
  struct Defaults {
    const Schema* schema;
    std::function<std::shared_ptr<void>()> copy;
    void (*check)(const void* options);
  };
  struct Share {
    const ParamGroup* group;
    Bucket* bucket;
  };

  /// The first number of the Options is lr; `columns` are the names of the state in files.
  Optimizer(std::vector<ParamGroup> groups, const Defaults& defaults, std::vector<std::string> columns);

  // OptimizerWith fills these in with typed Options.
  virtual bool keeps_column(const ParamGroup& group, size_t column) const = 0;
  virtual bool wants_fused(const ParamGroup& group) const = 0;
  virtual at::Tensor make_column(const ParamGroup& group, size_t column, const at::Tensor& param) const = 0;
  virtual void step_shares(std::span<const Share> shares) = 0;

  /// State of the rule as a whole, which files keep with the first parameter, as torch.optim's LBFGS does. A rule has
  /// this or columns.
  virtual State own_state() const { return {}; }
  virtual void load_own_state(const State& state);

 private:
  struct GroupState {
    std::vector<std::vector<at::Tensor>> columns;  // [column][parameter]; undefined where there is none
    std::vector<Bucket> buckets;
    std::vector<uint8_t> had_grad;  // when the buckets were made
    std::vector<uint8_t> kept;      // columns, then
    bool stale = true;
  };
  struct Member {
    size_t group, param;
  };
  void take_settings(ParamGroup& group, const Defaults& defaults) const;
  void number_members();
  bool fits_buckets(size_t group) const;
  void make_buckets(size_t group);
  void take_grads(size_t group, Bucket& bucket) const;
  State settings_of(const ParamGroup& group) const;
  void load_settings(ParamGroup& group, const State& saved) const;
  std::vector<at::Tensor> param_state(const Member& member, const State& saved) const;

  std::vector<ParamGroup> groups_;
  std::vector<std::string> columns_;
  std::vector<GroupState> states_;
  std::vector<Share> shares_;
  std::vector<std::vector<Member>> file_groups_;  // the groups of a file, their members in its order
  bool has_base_group_ = false;
};

}  // namespace millrace
