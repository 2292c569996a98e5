#include "millrace/optim/lbfgs.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "millrace/base/error.h"
#include "millrace/optim/line_search.h"

namespace millrace {

namespace {

LBFGSOptions with_most_evaluations(LBFGSOptions options) {
  if (!options.max_eval) options.max_eval = options.max_iter * 5 / 4;
  return options;
}

double largest(const at::Tensor& vector) { return vector.abs().max().item<double>(); }

double dot(const at::Tensor& a, const at::Tensor& b) { return a.dot(b).item<double>(); }

/// PyTorch keeps some of its numbers as tensors.
double plain_number(const State& value) { return value.is_tensor() ? value.tensor().item<double>() : value.number(); }

State list_of(const std::vector<at::Tensor>& tensors) {
  State list = State::list();
  for (const at::Tensor& tensor : tensors) list.push_back(tensor);
  return list;
}

}  // namespace

LBFGS::LBFGS(std::vector<ParamGroup> groups, const Options& options)
    : OptimizerWith(std::move(groups), of<LBFGS>(with_most_evaluations(options)), {}) {
  const at::Tensor& first = this->groups()[0].params[0];
  for (const at::Tensor& param : this->groups()[0].params)
    if (param.device() != first.device() || param.scalar_type() != first.scalar_type())
      throw Error("LBFGS moves all parameters as one vector: they need one device and one dtype");
}

LBFGS::Facts LBFGS::facts_of(const Options&) {
  return {.needs_closure = true,
          .one_group = "LBFGS moves all parameters as one vector: it can't have settings by parameter (paramwise_cfg)"};
}

void LBFGS::step() {
  throw Error("LBFGS evaluates the loss several times a step and needs a closure")
      .help("optims.only().step([&] { return loss(batch); }) in the model's own train_step");
}

at::Tensor LBFGS::step(const Closure& closure) {
  const at::NoGradGuard no_grad;
  const Options& o = groups()[0].settings.as<Options>();
  at::Tensor first_loss;
  Value here = evaluate([&] { return first_loss = closure(); });
  int64_t evaluations = 1;
  bool is_done = largest(here.grad) <= o.tolerance_grad;
  for (int64_t n = 1; n <= o.max_iter && !is_done; ++n) {
    ++memory_.n_iter;
    memory_.d = direction(here.grad, o.history_size);
    memory_.prev_grad = here.grad.clone();
    memory_.prev_loss = here.loss;
    memory_.t = memory_.n_iter == 1 ? std::min(1.0, 1.0 / here.grad.abs().sum().item<double>()) * o.lr : o.lr;
    const double slope = dot(here.grad, memory_.d);
    if (slope > -o.tolerance_change) break;
    if (o.line_search_fn) {
      here = search(closure, here, slope, *o.max_eval - evaluations, evaluations);
    } else {
      move(memory_.d, memory_.t);
      if (n == o.max_iter) break;
      here = evaluate(closure);
      ++evaluations;
    }
    is_done = evaluations >= *o.max_eval || largest(here.grad) <= o.tolerance_grad ||
              largest(memory_.d.mul(memory_.t)) <= o.tolerance_change ||
              std::abs(here.loss - memory_.prev_loss) < o.tolerance_change;
  }
  return first_loss;
}

LBFGS::Value LBFGS::evaluate(const Closure& closure) {
  ++memory_.func_evals;
  double loss;
  {
    const at::AutoGradMode with_grad(true);
    loss = closure().item<double>();
  }
  return {loss, flat_grad()};
}

at::Tensor LBFGS::flat_grad() const {
  std::vector<at::Tensor> parts;
  for (const at::Tensor& param : groups()[0].params) {
    const at::Tensor& grad = param.grad();
    if (!grad.defined()) parts.push_back(at::zeros({param.numel()}, param.options()));
    else parts.push_back((grad.is_sparse() ? grad.to_dense() : grad).reshape(-1));
  }
  return at::cat(parts);
}

/// -H g, by the two loops of algorithm 7.4; takes the last change into the history.
at::Tensor LBFGS::direction(const at::Tensor& grad, int64_t history_size) {
  if (memory_.n_iter == 1) {
    memory_.old_dirs.clear();
    memory_.old_stps.clear();
    memory_.ro.clear();
    memory_.h_diag = 1;
    return grad.neg();
  }
  at::Tensor y = grad.sub(memory_.prev_grad), s = memory_.d.mul(memory_.t);
  const double ys = dot(y, s);
  if (ys > 1e-10) {
    if (static_cast<int64_t>(memory_.old_dirs.size()) == history_size) {
      memory_.old_dirs.erase(memory_.old_dirs.begin());
      memory_.old_stps.erase(memory_.old_stps.begin());
      memory_.ro.erase(memory_.ro.begin());
    }
    memory_.h_diag = ys / dot(y, y);
    memory_.old_dirs.push_back(std::move(y));
    memory_.old_stps.push_back(std::move(s));
    memory_.ro.push_back(1.0 / ys);
  }
  at::Tensor q = grad.neg();
  std::vector<double> al(memory_.ro.size());
  for (size_t i = memory_.ro.size(); i-- > 0;) {
    al[i] = dot(memory_.old_stps[i], q) * memory_.ro[i];
    q.add_(memory_.old_dirs[i], -al[i]);
  }
  q.mul_(memory_.h_diag);
  for (size_t i = 0; i < memory_.ro.size(); ++i)
    q.add_(memory_.old_stps[i], al[i] - dot(memory_.old_dirs[i], q) * memory_.ro[i]);
  return q;
}

LBFGS::Value LBFGS::search(const Closure& closure, const Value& here, double slope, int64_t most,
                           int64_t& evaluations) {
  std::vector<at::Tensor> start;
  for (const at::Tensor& param : groups()[0].params) start.push_back(param.clone());
  const auto at = [&](double t) {
    move(memory_.d, t);
    Value value = evaluate(closure);
    for (size_t i = 0; i < start.size(); ++i) groups()[0].params[i].copy_(start[i]);
    const double slope_there = dot(value.grad, memory_.d);
    return LinePoint{t, value.loss, std::move(value.grad), slope_there};
  };
  const double tolerance = groups()[0].settings.as<Options>().tolerance_change;
  LineSearch result =
      search_strong_wolfe(at, {0, here.loss, here.grad, slope}, memory_.t, largest(memory_.d), tolerance, most);
  evaluations += result.evaluations;
  memory_.t = result.found.t;
  move(memory_.d, memory_.t);
  return {result.found.value, std::move(result.found.grad)};
}

void LBFGS::move(const at::Tensor& direction, double t) {
  int64_t offset = 0;
  for (const at::Tensor& param : groups()[0].params) {
    param.add_(direction.narrow(0, offset, param.numel()).view(param.sizes()), t);
    offset += param.numel();
  }
}

State LBFGS::own_state() const {
  if (memory_.func_evals == 0) return {};
  State state = State::dict({{"func_evals", memory_.func_evals}, {"n_iter", memory_.n_iter}});
  if (!memory_.d.defined()) return state;
  state["d"] = memory_.d;
  state["t"] = memory_.t;
  state["old_dirs"] = list_of(memory_.old_dirs);
  state["old_stps"] = list_of(memory_.old_stps);
  state["ro"] = State::list();
  for (const double ro : memory_.ro) state["ro"].push_back(ro);
  state["H_diag"] = memory_.h_diag;
  state["prev_flat_grad"] = memory_.prev_grad;
  state["prev_loss"] = memory_.prev_loss;
  return state;
}

LBFGS::Memory LBFGS::memory_of(const State& state) const {
  Memory memory;
  memory.func_evals = state.at("func_evals").integer();
  memory.n_iter = state.at("n_iter").integer();
  if (!state.find("d")) return memory;
  const at::Tensor like = flat_grad();
  const auto vector = [&](const State& saved) {
    if (saved.tensor().numel() != like.numel())
      throw Error(fmt::format("LBFGS keeps vectors of {} elements in the checkpoint, the parameters here have {}",
                              saved.tensor().numel(), like.numel()));
    return saved.tensor().to(like.options(), /*non_blocking=*/false, /*copy=*/true);
  };
  memory.d = vector(state.at("d"));
  memory.prev_grad = vector(state.at("prev_flat_grad"));
  memory.t = plain_number(state.at("t"));
  memory.h_diag = plain_number(state.at("H_diag"));
  memory.prev_loss = plain_number(state.at("prev_loss"));
  for (const State& dir : state.at("old_dirs").items()) memory.old_dirs.push_back(vector(dir));
  for (const State& stp : state.at("old_stps").items()) memory.old_stps.push_back(vector(stp));
  for (const State& ro : state.at("ro").items()) memory.ro.push_back(plain_number(ro));
  return memory;
}

void LBFGS::load_own_state(const State& state) {
  if (!state.entries().empty() && !state.find("func_evals")) return OptimizerWith::load_own_state(state);
  memory_ = state.entries().empty() ? Memory() : memory_of(state);
}

MILLRACE_REGISTER(Optimizer, LBFGS);

}  // namespace millrace
