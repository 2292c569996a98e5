#include "millrace/c_api/inferencer.h"

#include <cstring>

#include "millrace/c_api/boundary.h"
#include "millrace/cli/embedded.h"

namespace millrace::c_api {
namespace {

struct HeldPredictor {
  std::unique_ptr<EmbeddedPredictor> predictor;
  std::mutex mutex;  // held by the call that uses it
  const std::vector<TensorView>* outputs = nullptr;
  bool is_closed = false;
};

Handles<millrace_inferencer, HeldPredictor>& inferencers() {
  static Handles<millrace_inferencer, HeldPredictor> handles("inferencer");
  return handles;
}

void end_inferencers() noexcept { inferencers().take_all(); }

void with_predictor(millrace_inferencer* handle, const std::function<void(HeldPredictor&)>& body) {
  const auto held = inferencers().find(handle);
  const std::unique_lock lock(held->mutex, std::try_to_lock);
  if (!lock.owns_lock()) throw Refused(MILLRACE_BUSY, "the inferencer is in use by another thread");
  if (held->is_closed) throw Refused(MILLRACE_INVALID_ARGUMENT, "the inferencer was closed");
  body(*held);
}

void open_predictor(EmbeddedPredictorRequest request, const char* config, const char* const* overrides, int64_t count,
                    millrace_inferencer** out) {
  if (config) request.config = config;
  request.overrides = texts_of(overrides, count);
  const EmbeddedEngine* engine = nullptr;
  try {
    engine = &embedded_engine();
  } catch (const Error& error) {
    throw Refused(MILLRACE_UNAVAILABLE, error.what());
  }
  auto held = std::make_shared<HeldPredictor>();
  held->predictor = engine->predictor(request);
  *out = inferencers().add(std::move(held));
  at_end_of_program(end_inferencers);
}

[[noreturn]] void refuse_input(const std::string& name, const std::string& why) {
  throw Refused(MILLRACE_INVALID_ARGUMENT, "input '" + name + "' " + why);
}

TensorView checked_view(const millrace_tensor& tensor) {
  constexpr int32_t kMostDims = 16;
  TensorView view{.name = tensor.name ? tensor.name : "inputs", .data = tensor.data};
  if (!tensor.data) refuse_input(view.name, "has no data: the pointer is null");
  if (!tensor.shape) refuse_input(view.name, "has no shape: the pointer is null");
  if (tensor.dims < 1 || tensor.dims > kMostDims)
    refuse_input(view.name, "has " + std::to_string(tensor.dims) + " dims; 1 to 16 are possible");
  if (tensor.dtype < MILLRACE_FLOAT32 || tensor.dtype > MILLRACE_BOOL)
    refuse_input(view.name, "has the unknown dtype " + std::to_string(tensor.dtype));
  view.type = static_cast<ElementType>(tensor.dtype);
  view.shape.assign(tensor.shape, tensor.shape + tensor.dims);
  int64_t step = 1;
  for (const int64_t size : view.shape) {
    if (size < 1) refuse_input(view.name, "has a size of " + std::to_string(size) + "; sizes are at least 1");
    if (__builtin_mul_overflow(step, size, &step) || step > (int64_t{1} << 48)) refuse_input(view.name, "is too large");
  }
  view.strides.resize(view.shape.size());
  step = 1;
  for (size_t i = view.shape.size(); i-- > 0; step *= view.shape[i]) view.strides[i] = step;
  if (!tensor.strides) return view;
  view.strides.assign(tensor.strides, tensor.strides + tensor.dims);
  for (const int64_t stride : view.strides)
    if (stride < 0 || stride > (int64_t{1} << 48))
      refuse_input(view.name, "has a stride of " + std::to_string(stride) + "; strides are at least 0");
  return view;
}

size_t bytes_of(ElementType type) {
  switch (type) {
    case ElementType::float64:
    case ElementType::int64:
      return 8;
    case ElementType::float32:
    case ElementType::int32:
      return 4;
    case ElementType::float16:
    case ElementType::bfloat16:
    case ElementType::int16:
      return 2;
    default:
      return 1;
  }
}

const TensorView& output_named(const HeldPredictor& held, const std::string& name) {
  std::string known;
  if (held.outputs)
    for (const TensorView& view : *held.outputs) {
      if (view.name == name) return view;
      known += (known.empty() ? "" : ", ") + view.name;
    }
  throw Refused(MILLRACE_INVALID_ARGUMENT,
                "there is no output '" + name + "'; there are: " + (known.empty() ? "none" : known));
}

millrace_tensor tensor_of(const TensorView& view) {
  return {view.name.c_str(),
          view.data,
          view.shape.data(),
          view.strides.data(),
          static_cast<int32_t>(view.type),
          static_cast<int32_t>(view.shape.size())};
}

/// Copies the elements below one index of a dimension; returns where the next one goes.
char* copy_packed(const TensorView& view, size_t dim, const char* from, char* to) {
  const size_t width = bytes_of(view.type);
  if (dim == view.shape.size()) {
    std::memcpy(to, from, width);
    return to + width;
  }
  for (int64_t i = 0; i < view.shape[dim]; ++i)
    to = copy_packed(view, dim + 1, from + static_cast<size_t>(i * view.strides[dim]) * width, to);
  return to;
}

}  // namespace
}  // namespace millrace::c_api

namespace c_api = millrace::c_api;

millrace_status millrace_inferencer_open(const char* config, const char* checkpoint, const char* const* overrides,
                                         int64_t count, millrace_inferencer** out) {
  return c_api::guarded(MILLRACE_DATA, [&] {
    c_api::need(checkpoint, "checkpoint");
    c_api::need(out, "out");
    c_api::open_predictor({.checkpoint = checkpoint}, config, overrides, count, out);
  });
}

millrace_status millrace_inferencer_open_memory(const char* config, const void* data, int64_t size,
                                                const char* const* overrides, int64_t count,
                                                millrace_inferencer** out) {
  return c_api::guarded(MILLRACE_DATA, [&] {
    c_api::need(data, "data");
    c_api::need(out, "out");
    if (size < 0) throw c_api::Refused(MILLRACE_INVALID_ARGUMENT, "size is negative: " + std::to_string(size));
    std::string bytes(static_cast<const char*>(data), static_cast<size_t>(size));
    c_api::open_predictor({.checkpoint = "the checkpoint in memory", .bytes = std::move(bytes)}, config, overrides,
                          count, out);
  });
}

millrace_status millrace_inferencer_close(millrace_inferencer* inferencer) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    if (!inferencer) return;
    c_api::with_predictor(inferencer, [](auto& held) { held.is_closed = true; });
    c_api::inferencers().remove(inferencer);
  });
}

millrace_status millrace_inferencer_predict(millrace_inferencer* inferencer, const millrace_tensor* inputs,
                                            int64_t count) {
  return c_api::guarded(MILLRACE_INVALID_ARGUMENT, [&] {
    c_api::need(inputs, "inputs");
    if (count < 1)
      throw c_api::Refused(MILLRACE_INVALID_ARGUMENT, "count must be at least 1, got " + std::to_string(count));
    std::vector<millrace::TensorView> views;
    for (int64_t i = 0; i < count; ++i) views.push_back(c_api::checked_view(inputs[i]));
    c_api::with_predictor(inferencer, [&](auto& held) {
      held.outputs = nullptr;
      held.outputs = &held.predictor->predict(views);
    });
  });
}

millrace_status millrace_inferencer_output(millrace_inferencer* inferencer, int64_t index, millrace_tensor* out) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    c_api::need(out, "out");
    c_api::with_predictor(inferencer, [&](auto& held) {
      const int64_t there = held.outputs ? static_cast<int64_t>(held.outputs->size()) : 0;
      if (index < 0 || index >= there)
        throw c_api::Refused(MILLRACE_INVALID_ARGUMENT, "there are " + std::to_string(there) + " outputs");
      *out = c_api::tensor_of((*held.outputs)[static_cast<size_t>(index)]);
    });
  });
}

millrace_status millrace_inferencer_find_output(millrace_inferencer* inferencer, const char* name,
                                                millrace_tensor* out) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    c_api::need(name, "name");
    c_api::need(out, "out");
    c_api::with_predictor(inferencer, [&](auto& held) { *out = c_api::tensor_of(c_api::output_named(held, name)); });
  });
}

millrace_status millrace_inferencer_copy_output(millrace_inferencer* inferencer, const char* name, void* data,
                                                int64_t size) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    c_api::need(name, "name");
    c_api::need(data, "data");
    c_api::with_predictor(inferencer, [&](auto& held) {
      const millrace::TensorView& view = c_api::output_named(held, name);
      auto bytes = static_cast<int64_t>(c_api::bytes_of(view.type));
      for (const int64_t each : view.shape) bytes *= each;
      if (bytes != size)
        throw c_api::Refused(MILLRACE_INVALID_ARGUMENT, "'" + view.name + "' has " + std::to_string(bytes) +
                                                            " bytes, the memory has " + std::to_string(size));
      if (bytes > 0) c_api::copy_packed(view, 0, static_cast<const char*>(view.data), static_cast<char*>(data));
    });
  });
}

millrace_status millrace_inferencer_class_name(millrace_inferencer* inferencer, int64_t index, const char** name) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    c_api::need(name, "name");
    c_api::with_predictor(inferencer, [&](auto& held) {
      const auto& classes = held.predictor->classes();
      if (index < 0 || index >= static_cast<int64_t>(classes.size()))
        throw c_api::Refused(MILLRACE_INVALID_ARGUMENT,
                             "there are " + std::to_string(classes.size()) + " names of classes");
      *name = classes[static_cast<size_t>(index)].c_str();
    });
  });
}
