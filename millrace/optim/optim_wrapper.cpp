#include "millrace/optim/optim_wrapper.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/optim/optim_observer.h"
#include "millrace/structures/loss_map.h"

namespace millrace {

namespace {

std::optional<double> number_in(const Value& options, const char* key) {
  const Value* value = options.find(key);
  if (!value) return std::nullopt;
  if (value->is_number()) return value->as_number();
  if (value->is_integer()) return static_cast<double>(value->as_integer());
  return std::nullopt;
}

/// lr as it is, by default too; a weight decay only where a config gives it: a rule that multiplies a default is a
/// mistake.
OptimWrapperConstructor::Base base_of(const Component<Optimizer>& optimizer) {
  const Value effective = dump_component(optimizer.bound());
  return {number_in(effective, "lr"),
          number_in(optimizer.config().is_null() ? effective : optimizer.config(), "weight_decay")};
}

std::shared_ptr<Optimizer> build_optimizer(const ModuleView& model, const OptimWrapper::Options& options,
                                           std::vector<Notice>& notices) {
  const Component<Optimizer>& optimizer = *options.optimizer;
  if (optimizer.instance()) {
    if (options.paramwise_cfg) throw Error("paramwise_cfg does nothing with an optimizer that is built already");
    return optimizer.instance();
  }
  const std::shared_ptr<OptimWrapperConstructor> constructor =
      options.paramwise_cfg ? options.paramwise_cfg.build() : std::make_shared<DefaultOptimWrapperConstructor>();
  return optimizer.build(constructor->groups(model, base_of(optimizer), notices));
}

bool contains_batch_norm(const ModuleView& model) {
  bool found = false;
  model.walk(
      [&](const ModuleView& module) { found = found || module.type_name.find("BatchNorm") != std::string::npos; });
  return found;
}

}  // namespace

OptimWrapper::OptimWrapper(const ModuleView& model, Options options)
    : optimizer_(build_optimizer(model, options, notices_)),
      accumulative_counts_(options.accumulative_counts),
      clip_grad_(std::move(options.clip_grad)) {
  if (accumulative_counts_ < 1)
    throw Error(fmt::format("accumulative_counts must be at least 1, got {}", accumulative_counts_));
  if (accumulative_counts_ > 1 && contains_batch_norm(model))
    notices_.push_back(
        {LogLevel::warning, "gradients are accumulated over several batches, but BatchNorm still sees one at a time"});
  for (const ParamGroup& group : groups()) {
    configured_.push_back(group.numbers);
    for (const at::Tensor& param : group.params)
      if (param.requires_grad()) trained_.push_back(param);
  }
}

OptimWrapper::~OptimWrapper() = default;

bool OptimWrapper::constructor_is_known(const Value& config, Binder& binder) {
  const Value* name = config.find("constructor");
  return !name || name->is_null() || check_component_name(OptimWrapperConstructor::kKind, *name, binder);
}

BoundComponent OptimWrapper::bind_config(const Value& config, Binder& binder) {
  if (!config.is_dict() || !(config.find("constructor") || config.find("paramwise_cfg")))
    return bind_component(kKind, config, binder, "OptimWrapper");
  // MMEngine gives the constructor's name and its options in two keys; here they are one component.
  const bool is_known = constructor_is_known(config, binder);
  const Value* name = config.find("constructor");
  const Value* given = config.find("paramwise_cfg");
  if (given && !given->is_null() && !given->is_dict()) {
    const std::string subject = binder.subject();
    binder.set_subject("paramwise_cfg");
    binder.wrong_type(*given, "a dict");
    binder.set_subject(subject);
    given = nullptr;
  }
  Value whole = Value::dict();
  for (const auto& [key, value] : config.as_dict())
    if (!(key == Value("constructor")) && !(key == Value("paramwise_cfg"))) whole.as_dict().set(key, value);
  whole.set_place(config.place());
  if (!is_known) {  // whose rules paramwise_cfg has, nobody knows, nor what else it reads
    const Binder::Lenient lenient(binder);
    bind_component(kKind, whole, binder, "OptimWrapper");
    return {};
  }
  const bool has_name = name && !name->is_null();
  if (has_name || (given && !given->is_null())) {
    Value rules = Value::dict();
    if (has_name) rules.as_dict().set("type", *name);
    else if (!given->find("type")) rules.as_dict().set("type", "DefaultOptimWrapperConstructor");
    if (given && given->is_dict())
      for (const auto& [key, value] : given->as_dict()) rules.as_dict().set(key, value);
    rules.set_place(given ? given->place() : name->place());
    const Dict::Entry* entry = config.as_dict().entry(given ? "paramwise_cfg" : "constructor");
    Value key("paramwise_cfg");
    whole.as_dict().set(std::move(key.set_place(entry->key.place())), rules);
  }
  return bind_component(kKind, whole, binder, "OptimWrapper");
}

void OptimWrapper::update(LossMap& losses) {
  update(losses.total());
  losses.detach();
}

void OptimWrapper::update(const at::Tensor& loss) {
  const FullPrecisionScope full(loss.device().type());
  const bool closes = is_closing();
  const at::Tensor scaled = scaled_loss(loss);
  if (observer_) observer_->before_backward(*this);
  if (closes) sync_->arm(scaled);
  if (confined_) scaled.backward({}, std::nullopt, false, at::TensorList(trained_));
  else scaled.backward();
  ++inner_count_;
  if (observer_) observer_->after_backward(*this);
  if (closes) close_group();
}

bool OptimWrapper::is_closing() const {
  return (inner_count_ + 1) % accumulative_counts_ == 0 || inner_count_ + 1 == max_count_;
}

double OptimWrapper::divisor() const {
  const int64_t rest = max_count_ < 0 ? 0 : max_count_ % accumulative_counts_;
  const bool in_rest = rest > 0 && inner_count_ >= max_count_ - rest && inner_count_ < max_count_;
  return static_cast<double>(in_rest ? rest : accumulative_counts_);
}

at::Tensor OptimWrapper::scaled_loss(const at::Tensor& loss) const {
  at::Tensor scaled = accumulative_counts_ == 1 ? loss : loss.div(divisor());
  return scaler_ ? scaled.mul(scaler_->scale()) : scaled;
}

void OptimWrapper::close_group() {
  sync_->finish();
  bool finite = true;
  if (scaler_) finite = sync_->agree(scaler_->unscale_(optimizer_->grads()));
  if (finite) {
    if (clip_grad_) clip();
    if (observer_) observer_->before_step(*this);
    optimizer_->step();
    if (observer_) observer_->after_step(*this);
  }
  if (scaler_) scaler_->update(finite);
  optimizer_->zero_grad();
}

void OptimWrapper::clip() {
  const std::vector<at::Tensor> grads = optimizer_->grads();
  if (const auto* value = std::get_if<ClipValue>(&clip_grad_->how)) return clip_value_(grads, *value);
  grad_norm_ = clip_norm_(grads, std::get<ClipNorm>(clip_grad_->how));
  if (hub_ && grad_norm_.defined()) hub_->update(*grad_norm_id_, grad_norm_);
}

std::optional<double> OptimWrapper::base_lr() const {
  if (!optimizer_->has_base_group()) return std::nullopt;
  return std::as_const(*optimizer_).groups().back().lr();
}

double OptimWrapper::momentum() const {
  const ParamGroup& first = std::as_const(*optimizer_).groups().front();
  const auto slot = first.find("momentum");
  return slot ? first[*slot] : 0;
}

void OptimWrapper::attach(const RunContext& context, std::string name) {
  name_ = std::move(name);
  logger_ = &context.logger;
  hub_ = &context.hub;
  if (clip_grad_ && std::holds_alternative<ClipNorm>(clip_grad_->how))
    grad_norm_id_ = hub_->scalar(name_.empty() ? "train/grad_norm" : "train/" + name_ + ".grad_norm");
  for (const Notice& notice : notices_) logger_->log(notice.level, notice.text);
  notices_.clear();
}

void OptimWrapper::initialize_counts(int64_t done, int64_t max) {
  max_count_ = max;
  if (count_loaded_) return;
  inner_count_ = done;
  if (done % accumulative_counts_ != 0 && logger_)
    logger_->warning(
        fmt::format("the run goes on after {} iterations, within a group of {} whose gradients the checkpoint does not "
                    "hold: its first step has fewer",
                    done, accumulative_counts_));
}

void OptimWrapper::scale_lr(double ratio) {
  for (size_t g = 0; g < groups().size(); ++g) {
    ParamGroup& group = groups()[g];
    group.set(ParamGroup::kLr, group.lr() * ratio);
    configured_[g][ParamGroup::kLr] = group.lr();
  }
}

State OptimWrapper::state_dict() const {
  State saved = optimizer_->state_dict();
  if (scaler_) saved["loss_scaler"] = scaler_->state_dict();
  State settings = State::list();
  for (const size_t g : optimizer_->file_group_sources()) {
    const ParamGroup& group = std::as_const(*optimizer_).groups()[g];
    State numbers = State::dict();
    for (size_t slot = 0; slot < configured_[g].size(); ++slot)
      numbers[group.number_names[slot]] = configured_[g][slot];
    settings.push_back(std::move(numbers));
  }
  saved["millrace"] = State::dict({{"inner_count", inner_count_},
                                   {"accumulative_counts", accumulative_counts_},
                                   {"gradients", gradients()},
                                   {"settings", std::move(settings)}});
  return saved;
}

/// By the numbers that the parameters have in the state; none between two groups.
State OptimWrapper::gradients() const {
  State saved = State::dict();
  optimizer_->for_each_param([&](int64_t number, const std::string&, const at::Tensor& param) {
    if (param.grad().defined()) saved.entries().push_back({number, param.grad()});
  });
  return saved.entries().empty() ? State() : saved;
}

void OptimWrapper::load_gradients(const State& saved) {
  optimizer_->zero_grad();
  if (!saved.is_dict()) return;
  optimizer_->for_each_param([&](int64_t number, const std::string& name, const at::Tensor& param) {
    for (const auto& [key, value] : saved.entries()) {
      if (key.integer() != number) continue;
      const at::Tensor& grad = value.tensor();
      if (grad.sizes() != param.sizes())
        throw Error(fmt::format("the gradient of {} has shape {} in the checkpoint, the parameter {}", name,
                                fmt::join(grad.sizes(), "x"), fmt::join(param.sizes(), "x")));
      param.mutable_grad() = param.detach().clone().copy_(grad);  // in the parameter's memory layout
    }
  });
}

void OptimWrapper::load_state_dict(const State& state) {
  std::vector<std::vector<double>> before;
  for (const ParamGroup& group : groups()) before.push_back(group.numbers);
  optimizer_->load_state_dict(state);
  const State* own = state.find("millrace");
  restore_settings(own ? own->find("settings") : nullptr, before);

  const State* scaler = state.find("loss_scaler");
  if (scaler_ && scaler) scaler_->load_state_dict(*scaler);
  if (!own) return;
  inner_count_ = own->at("inner_count").integer();
  count_loaded_ = true;
  load_gradients(own->at("gradients"));
  if (own->at("accumulative_counts").integer() != accumulative_counts_ && logger_)
    logger_->warning(
        fmt::format("accumulative_counts was {} and is {}: a step that the checkpoint stands before the end of may "
                    "have another size",
                    own->at("accumulative_counts").integer(), accumulative_counts_));
}

/// A setting for which the config says what it said when the checkpoint was made goes on as it was; one that the config
/// has changed since, or that a schedule moved which is gone, is the config's. A checkpoint of MMEngine says so by
/// initial_lr.
void OptimWrapper::restore_settings(const State* saved, const std::vector<std::vector<double>>& before) {
  const std::vector<size_t> sources = optimizer_->file_group_sources();
  for (size_t g = 0; g < groups().size(); ++g) {
    ParamGroup& group = groups()[g];
    const size_t file_group = static_cast<size_t>(std::find(sources.begin(), sources.end(), g) - sources.begin());
    const State* then = saved && file_group < saved->items().size() ? &saved->items()[file_group] : nullptr;
    for (ParamGroup::Slot slot = 0; slot < configured_[g].size(); ++slot) {
      const double now = configured_[g][slot];
      const State* was = then ? then->find(group.number_names[slot]) : nullptr;
      const auto initial = group.find("initial_" + group.number_names[slot]);
      const bool unchanged = was ? was->number() == now : initial && group[*initial] == now;
      const bool schedule_is_gone = initial && *initial >= before[g].size();
      if (!unchanged || schedule_is_gone) group.set(slot, now);
    }
    group.numbers.resize(before[g].size());
    group.number_names.resize(before[g].size());
    for (size_t slot = configured_[g].size(); slot < before[g].size(); ++slot) group.numbers[slot] = before[g][slot];
  }
}

MILLRACE_REGISTER(OptimWrapper, OptimWrapper);

}  // namespace millrace
