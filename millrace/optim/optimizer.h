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
/// Parameters without a gradient are skipped, and their state does not change. States are those of torch.optim, so each
/// side reads the files of the other:  {state: {number: {exp_avg, …}}, param_groups: [{lr, …, params: [number, …]}]}.
///
/// Your own optimizer derives from OptimizerWith (optimizer_with.h).
class Optimizer {
 public:
  static constexpr const char* kKind = "Optimizer";
  using Registry = millrace::Registry<Optimizer, std::vector<ParamGroup>>;
  /// Forward and backward pass: computes the gradients and returns the loss. Called with gradients enabled.
  using Closure = std::function<at::Tensor()>;

  /// Parameters with a gradient, of one group, device and dtype, and their state by columns.
  struct Bucket {
    std::vector<at::Tensor> params, grads;
    std::vector<std::vector<at::Tensor>> state;  // [column][parameter]; empty for an unused column
    bool fresh = false;                          // part of the state was made for this step
    bool fused = false;                          // libtorch's fused kernels can do them
    std::vector<size_t> members;
  };

  /// The facts on a rule that are known before it is built.
  struct Facts {
    bool needs_closure = false;  // it needs the loss several times per step (LBFGS): step() without a closure throws
    std::string one_group{};     // the error if parameters have different settings; empty if they may
    std::vector<std::string> learned{};  // keys of settings that the rule changes itself: a resume takes the file's
  };

  virtual ~Optimizer();
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// Throws Error if the rule needs a closure.
  virtual void step();
  /// Calls the closure once before the step, unless overridden, and returns its loss.
  virtual at::Tensor step(const Closure& closure);
  const Facts& facts() const { return facts_; }
  bool needs_closure() const { return facts_.needs_closure; }
  /// Makes gradients undefined. A parameter that the next loss does not reach is then skipped; others take the memory
  /// of the backward pass instead of adding to zeros.
  void zero_grad();

  /// For a rule with different weights for training and evaluation (Schedule-Free): writes them into the parameters.
  /// The loops call these before they train and before they evaluate, possibly several times in a row.
  virtual void train() {}
  virtual void eval() {}

  std::span<ParamGroup> groups() { return groups_; }
  std::span<const ParamGroup> groups() const { return groups_; }
  /// Whether a checkpoint has several groups. Then the last of groups() has no parameters and holds the settings before
  /// any multiplier, which files call base_param_settings.
  bool has_base_group() const { return has_base_group_; }
  /// All defined gradients.
  std::vector<at::Tensor> grads() const;

  State state_dict() const;
  /// Loads settings and state. The division into groups may differ if the number of parameters is the same. Throws
  /// Error if that number, a shape or the kind of state differs; then nothing has changed.
  void load_state_dict(const State& state);

  /// For each group of a file, in its order, the group here to which it belongs, and last the base group, if there is
  /// one. Use it to save one value per group.
  std::vector<size_t> file_group_sources() const;
  /// The parameters in the order and with the numbers of the state.
  void for_each_param(
      const std::function<void(int64_t number, const std::string& name, const at::Tensor& param)>& visit) const;

 protected:
  /// The source of a group's settings: the Schema of a component, a new copy of its Options, their check and their facts.
  struct Defaults {
    const Schema* schema;
    std::function<std::shared_ptr<void>()> copy;
    void (*check)(const void* options);
    Facts facts;
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
  /// Undefined for a parameter that does not have this column.
  virtual at::Tensor make_column(const ParamGroup& group, size_t column, const at::Tensor& param) const = 0;
  virtual void step_shares(std::span<const Share> shares) = 0;

  /// A parameter's state outside a step; undefined without one.
  at::Tensor state_of(size_t group, size_t param, size_t column) const;

  /// State of the whole rule, which files keep with the first parameter, as torch.optim's LBFGS does. A rule has either
  /// this or columns.
  virtual State own_state() const { return {}; }
  virtual void load_own_state(const State& state);

 private:
  struct GroupState {
    std::vector<std::vector<at::Tensor>> columns;  // [column][parameter]; undefined without state
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
  const Facts facts_;
  std::vector<std::string> columns_;
  std::vector<GroupState> states_;
  std::vector<Share> shares_;
  std::vector<std::vector<Member>> file_groups_;  // the groups of a file, their members in its order
  bool has_base_group_ = false;
};

}  // namespace millrace
