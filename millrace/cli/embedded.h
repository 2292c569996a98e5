#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/base/mode.h"
#include "millrace/base/run_control.h"
#include "millrace/log/logger.h"

namespace millrace {

// What a program sees of the engine that knows none of its headers: the C interface. No tensors, no templates.

/// The config of a run, and where it writes.
struct EmbeddedRunRequest {
  std::string config;                  // its path; with `text` the name of the text in messages: "inline.py"
  std::optional<std::string> text;     // the config itself, in the language that the ending of `config` says
  std::vector<std::string> overrides;  // "key=value", in order
  std::optional<std::string>
      work_dir;  // absent: the config's; "": a folder that goes with the run, without checkpoints
};

/// One iteration of a training, or the end of a validation or test.
struct RunReport {
  Mode mode = Mode::train;
  int64_t epoch = 0, max_epochs = 0;                          // max_epochs is 0 if the run counts iterations
  int64_t iter = 0, max_iters = 0;                            // of the training
  const std::vector<std::pair<const char*, double>>& values;  // losses of the iteration; metrics
};

/// All are called on the thread that trains.
struct RunListener {
  int64_t interval = 1;                            // iterations from report to report
  std::function<bool(const RunReport&)> report{};  // false: cancels
  Logger::Callback log{};                          // under the lock of the log
  /// After the first iterations and the first evaluations: by then libtorch has made what it keeps for the process.
  std::function<void()> settled{};
};

/// A run. It is built by the first call that needs it. For one thread at a time, but for control().
class EmbeddedRun {
 public:
  virtual ~EmbeddedRun() = default;
  virtual RunControl& control() = 0;
  virtual void listen(RunListener listener) = 0;
  /// The bytes of a checkpoint file; before the first training.
  virtual void resume(std::string checkpoint) = 0;
  /// Whether it came to its end: false after a cancel.
  virtual bool train() = 0;
  virtual bool evaluate(Mode mode) = 0;
  virtual std::string checkpoint() = 0;
  /// Numbers of the last evaluation.
  virtual std::vector<std::pair<std::string, double>> metrics() const = 0;
  virtual std::string summary_json() const = 0;
};

/// The numbers are those of the C interface.
enum class ElementType : int32_t { float32 = 1, float64, float16, bfloat16, uint8, int8, int16, int32, int64, boolean };

/// Memory of somebody else; strides in elements.
struct TensorView {
  std::string name;
  void* data = nullptr;
  ElementType type = ElementType::float32;
  std::vector<int64_t> shape, strides;
};

struct EmbeddedPredictorRequest {
  std::string config;                // "": the checkpoint's own
  std::string checkpoint;            // its path, or what messages call the bytes
  std::optional<std::string> bytes;  // the checkpoint itself
  std::vector<std::string> overrides;
};

/// A trained network. For one thread at a time.
class EmbeddedPredictor {
 public:
  virtual ~EmbeddedPredictor() = default;
  /// Reads the memory of the inputs where it is. The result lives until the next call.
  virtual const std::vector<TensorView>& predict(const std::vector<TensorView>& inputs) = 0;
  virtual const std::vector<std::string>& classes() const = 0;
};

struct EmbeddedProcess {
  int64_t threads = 0;  // of each operator; 0: as many as the command takes
  bool deterministic = false;
};

struct EmbeddedEngine {
  std::unique_ptr<EmbeddedRun> (*run)(const EmbeddedRunRequest&) = nullptr;
  std::unique_ptr<EmbeddedPredictor> (*predictor)(const EmbeddedPredictorRequest&) = nullptr;
  void (*configure)(const EmbeddedProcess&) = nullptr;
};

/// The engine calls it when it is loaded.
void install_embedded_engine(const EmbeddedEngine& engine);
/// Loads the engine as engine() does; any thread may call it.
const EmbeddedEngine& embedded_engine();

}  // namespace millrace
