#include "millrace/optim/optim_wrapper.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/base/mode.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/optim/optim_observer.h"
#include "millrace/structures/loss_map.h"

namespace millrace {

namespace {

/// An optimizer that was made elsewhere, of parameters that the model has.
std::shared_ptr<Optimizer> of_model(std::shared_ptr<Optimizer> optimizer, const ModuleView& model) {
  std::unordered_set<const void*> own;
  model.walk([&](const ModuleView& module) {
    for (const ModuleView::Named& param : module.params) own.insert(param.tensor.unsafeGetTensorImpl());
  });
  for (const ParamGroup& group : std::as_const(*optimizer).groups())
    for (const at::Tensor& param : group.params)
      if (own.contains(param.unsafeGetTensorImpl())) return optimizer;
  throw Error("the optimizer was made of parameters that the model does not have: it would train another one")
      .note("the run makes an optimizer of the model's own parameters")
      .help("use<SGD>({.lr = 0.1})");
}

/// Of options that are checked here, before anything is built.
std::shared_ptr<Optimizer> build_optimizer(const ModuleView& model, const OptimWrapper::Options& given,
                                           std::vector<Notice>& notices) {
  const OptimWrapper::Options options = checked<OptimWrapper>(given);
  const Component<Optimizer>& optimizer = *options.optimizer;
  if (optimizer.instance()) return of_model(optimizer.instance(), model);
  const std::shared_ptr<OptimWrapperConstructor> constructor =
      options.paramwise_cfg ? options.paramwise_cfg.build() : std::make_shared<DefaultOptimWrapperConstructor>();
  return optimizer.build(constructor->groups(model, base_of(optimizer), notices));
}

Accumulation accumulation_of(const OptimWrapper::Options& options) {
  if (const auto* counts = std::get_if<int64_t>(&options.accumulative_counts)) return Accumulation(*counts);
  return {std::get<Accumulation::Schedule>(options.accumulative_counts),
          options.accumulative_by_epoch ? Accumulation::Unit::epochs : Accumulation::Unit::updates};
}

bool contains_batch_norm(const ModuleView& model) {
  bool found = false;
  model.walk(
      [&](const ModuleView& module) { found = found || module.type_name.find("BatchNorm") != std::string::npos; });
  return found;
}

/// Those of the parameters that are not frozen now.
std::vector<at::Tensor> thawed(const std::vector<at::Tensor>& params) {
  std::vector<at::Tensor> found;
  std::copy_if(params.begin(), params.end(), std::back_inserter(found),
               [](const at::Tensor& param) { return param.requires_grad(); });
  return found;
}

}  // namespace

OptimWrapper::OptimWrapper(const ModuleView& model, Options options)
    : facts_(options.facts()),
      optimizer_(build_optimizer(model, options, notices_)),
      accumulation_(accumulation_of(options)),
      clip_grad_(std::move(options.clip_grad)),
      configured_(std::as_const(*optimizer_).groups(), optimizer_->facts().learned) {
  if (most_accumulated(options.accumulative_counts) > 1 && contains_batch_norm(model))
    notices_.push_back(
        {LogLevel::warning, "gradients are accumulated over several batches, but BatchNorm still sees one at a time"});
  model.walk([&](const ModuleView& module) {
    for (const ModuleView::Named& buffer : module.buffers)
      buffers_.push_back({module.path.empty() ? buffer.name : module.path + "." + buffer.name, buffer.tensor});
  });
  for (const ParamGroup& group : groups()) {
    for (const at::Tensor& param : group.params)
      if (param.requires_grad()) trained_.push_back(param);
  }
}

OptimWrapper::~OptimWrapper() = default;

void OptimWrapper::update(LossMap& losses) {
  update(losses.total());
  losses.detach();
}

void OptimWrapper::update(const at::Tensor& loss) {
  if (!loss.defined()) throw Error("the loss to minimise is an undefined tensor");
  if (optimizer_->needs_closure())
    throw Error("the optimizer evaluates the loss several times a step, and update() is given one value")
        .help("return optims.only().step([&] { return loss(batch); }); in the model's own train_step");
  const FullPrecisionScope full(loss.device().type());
  const bool closes = is_closing();
  differentiate(loss);
  accumulation_.count();
  if (closes) close_group(finish_gradients(), [this] { optimizer_->step(); });
}

void OptimWrapper::differentiate(const at::Tensor& loss) {
  const at::Tensor scaled = scaled_loss(loss);
  ++backward_passes_;
  if (observer_) observer_->sees_loss(*this, scaled), observer_->before_backward(*this);
  if (is_closing()) sync_->arm(scaled);
  if (confined_) scaled.backward({}, std::nullopt, false, at::TensorList(thawed(trained_)));
  else scaled.backward();
  if (observer_) observer_->after_backward(*this);
}

LossMap OptimWrapper::step(const Closure& closure) {
  if (!closure) throw Error("step() needs a function that gives the losses, and was given none");
  if (!optimizer_->needs_closure()) {
    LossMap losses = closure();
    update(losses);
    return losses;
  }
  if (trained_.empty()) throw Error("there is no parameter to train: all of the optimizer's are frozen");
  const FullPrecisionScope full(trained_[0].device().type());
  LossMap losses, others;
  bool finite = true;
  at::Tensor value = evaluate(closure, full, losses, finite);
  accumulation_.count();
  if (finite && clip_grad_) clip(Told::yes);
  close_group(finite, [&] {
    optimizer_->step([&] {
      // The first look is what has been computed already.
      if (value.defined()) return std::exchange(value, at::Tensor());
      optimizer_->zero_grad();
      sync_->before_forward();
      at::Tensor again = evaluate(closure, full, others, finite);
      if (clip_grad_) clip(Told::no);
      return again;
    });
  });
  return losses;
}

at::Tensor OptimWrapper::scaled_loss(const at::Tensor& loss) const {
  const double divisor = accumulation_.divisor();
  const at::Tensor scaled = divisor == 1 ? loss : loss.div(divisor);
  return scaler_ ? scaled.mul(scaler_->scale()) : scaled;
}

/// The mean loss over the ranks, with its gradients ready for the rule. Where loss scaling makes them infinite and the
/// loss is not, they are computed again with a smaller factor: a rule can't be told to forget a look.
at::Tensor OptimWrapper::evaluate(const Closure& closure, const FullPrecisionScope& full, LossMap& losses,
                                  bool& finite) {
  while (true) {
    {
      const OuterPrecisionScope outer(full);
      losses = closure();
    }
    differentiate(losses.total());
    losses.detach();
    finite = finish_gradients();
    at::Tensor value = sync_->mean(losses.total());
    if (finite || !std::isfinite(value.item<double>()) || !scaler_->back_off()) return value;
    optimizer_->zero_grad();
  }
}

/// Reduced and unscaled; whether they are finite on all ranks.
bool OptimWrapper::finish_gradients() {
  sync_->finish();
  return !scaler_ || sync_->agree(scaler_->unscale_(optimizer_->grads()));
}

void OptimWrapper::close_group(bool finite, const std::function<void()>& move) {
  if (finite) {
    if (clip_grad_ && !optimizer_->needs_closure()) clip(Told::yes);
    if (observer_) observer_->before_step(*this);
    ++moves_;
    move();
    sync_->after_step();
    if (observer_) observer_->after_step(*this);
  }
  if (scaler_) scaler_->update(finite);
  optimizer_->zero_grad();
}

bool OptimWrapper::go_back() {
  if (moves_ != mark_.moves) return false;
  if (backward_passes_ == mark_.backward_passes) return true;
  if (accumulation_.group_begin(mark_.updates) != mark_.updates) return false;
  optimizer_->zero_grad();
  accumulation_.set_done(mark_.updates);
  return true;
}

void OptimWrapper::give_up_step() {
  const bool has_moved = moves_ != mark_.moves;
  const bool is_uncounted = backward_passes_ != mark_.backward_passes && accumulation_.done() == mark_.updates;
  if (has_moved || (is_uncounted && is_closing())) optimizer_->zero_grad();
  if (is_uncounted) accumulation_.count();
}

void OptimWrapper::clip(Told told) {
  const std::vector<at::Tensor> grads = optimizer_->grads();
  if (const auto* value = std::get_if<ClipValue>(&clip_grad_->how)) return clip_value_(grads, *value);
  const at::Tensor norm = clip_norm_(grads, std::get<ClipNorm>(clip_grad_->how));
  if (told == Told::no) return;
  grad_norm_ = norm;
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
    grad_norm_id_ = hub_->scalar(mode_tag(Mode::train, name_.empty() ? "grad_norm" : name_ + ".grad_norm"));
  for (const Notice& notice : notices_) logger_->log(notice.level, notice.text);
  notices_.clear();
}

void OptimWrapper::set_grad_sync(std::unique_ptr<GradSync> sync) {
  sync_ = std::move(sync);
  std::vector<GradSync::Named> params;
  for (const ParamGroup& group : groups())
    for (size_t p = 0; p < group.params.size(); ++p) params.push_back({group.name_of(p), group.params[p]});
  sync_->attach(params, buffers_);
}

int64_t OptimWrapper::updates_at_step(int64_t back) const {
  int64_t updates = accumulation_.group_begin(accumulation_.done());
  for (; back > 0 && updates > 0; --back) updates = accumulation_.group_begin(updates - 1);
  return updates;
}

void OptimWrapper::initialize_counts(int64_t done, int64_t max, int64_t epoch_length) {
  accumulation_.begin(count_loaded_ ? accumulation_.done() : done, max, epoch_length);
  if (count_loaded_ || accumulation_.group_begin(done) == done || !logger_) return;
  logger_->warning(
      fmt::format("the run continues after {} iterations, within a group of {}, and the checkpoint lacks the gradients "
                  "of this group: the first step uses fewer batches",
                  done, accumulation_.counts()));
}

void OptimWrapper::scale_lr(double ratio) {
  const size_t with_params = groups().size() - (optimizer_->has_base_group() ? 1 : 0);
  for (size_t g = 0; g < with_params; ++g) {
    ParamGroup& group = groups()[g];
    group.set(ParamGroup::kLr, group.lr() * ratio);
    configured_.set_lr(g, group.lr());
  }
}

State OptimWrapper::state_dict() const {
  State saved = sync_->gathered(optimizer_->state_dict());
  if (scaler_) saved["loss_scaler"] = scaler_->state_dict();
  saved["millrace"] = State::dict({{"inner_count", accumulation_.done()},
                                   {"accumulative_counts", accumulation_.counts()},
                                   {"gradients", gradients()},
                                   {"settings", configured_.state_dict(optimizer_->file_group_sources())}});
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
  const ConfiguredSettings::Added before = ConfiguredSettings::added_to(groups());
  optimizer_->load_state_dict(state);
  const State* own = state.find("millrace");
  configured_.restore(groups(), before, own ? own->find("settings") : nullptr, optimizer_->file_group_sources());

  const State* scaler = state.find("loss_scaler");
  if (scaler_ && scaler) scaler_->load_state_dict(*scaler);
  if (!own) return;
  accumulation_.set_done(own->at("inner_count").integer());
  count_loaded_ = true;
  load_gradients(own->at("gradients"));
  const int64_t counts = own->at("accumulative_counts").integer();
  if (accumulation_.knows_counts() && counts != accumulation_.counts() && logger_)
    logger_->warning(
        fmt::format("accumulative_counts changed from {} to {}: the first step after this resume may use a "
                    "different number of batches",
                    counts, accumulation_.counts()));
}

MILLRACE_REGISTER(OptimWrapper, OptimWrapper);

}  // namespace millrace
