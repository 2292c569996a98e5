#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>

#include <limits>
#include <memory>
#include <stdexcept>

#include "millrace/base/error.h"
#include "millrace/data/data_loader.h"
#include "millrace/data/loader_part.h"
#include "millrace/data/samplers/infinite_sampler.h"
#include "millrace/data/stream_dataset.h"
#include "millrace/data/tensor_dataset.h"
#include "tests/support/misuse.h"

namespace millrace {
namespace {

/// A dataset that does what it is told to.
class Told : public Dataset {
 public:
  std::function<int64_t()> length = [] { return 4; };
  std::function<Sample(int64_t)> make = [](int64_t i) {
    Sample sample;
    sample.set("x"_key, at::full({2}, i));
    return sample;
  };
  std::function<std::optional<Batch>(std::span<const int64_t>)> at_once;
  int64_t size() const override { return length(); }
  Sample get(int64_t index) const override { return make(index); }
  std::optional<Batch> load_batch(std::span<const int64_t> indices, BatchBuilder::Memory) const override {
    return at_once ? at_once(indices) : std::nullopt;
  }
};

class ToldSampler final : public Sampler {
 public:
  int64_t rows = 4, padded = 0;
  std::vector<int64_t> indices{0, 1, 2, 3};
  bool endless = false;
  int64_t length() const override { return rows; }
  std::vector<int64_t> order(int64_t) override { return indices; }
  int64_t padding() const override { return padded; }
  bool is_endless() const override { return endless; }
};

class ToldStream final : public StreamDataset {
 public:
  std::function<bool(Sample&)> make = [](Sample& sample) {
    sample.set("x"_key, 1);
    return true;
  };
  std::function<void()> at_cancel;
  bool next(Sample& sample) override { return make(sample); }
  void cancel() override {
    if (at_cancel) at_cancel();
  }
};

class ToldTransform final : public Transform {
 public:
  std::function<void(Sample&)> what;
  void apply(Sample& sample, Rng&) const override { what(sample); }
};

/// Reads one pass, without workers and with two.
void read(const DataLoader::Options& options) {
  for (const int workers : {2, 0}) {
    DataLoader::Options with = options;
    with.num_workers = workers;
    DataLoader loader(with);
    int64_t batches = 0;
    for (Batch& batch : loader.from(0)) {
      for (int64_t i = 0; i < batch.size(); ++i) batch.row(i);
      if (++batches == 20) break;
    }
  }
}

template <class T>
void read_told(const std::function<void(T&)>& tell) {
  auto dataset = std::make_shared<T>();
  tell(*dataset);
  read({.dataset = dataset, .batch_size = 2});
}

void sample_by(const std::function<void(ToldSampler&)>& tell) {
  auto sampler = std::make_shared<ToldSampler>();
  tell(*sampler);
  read({.dataset = std::make_shared<Told>(), .batch_size = 2, .sampler = sampler});
}

void transform(const std::function<void(Sample&)>& what) {
  auto step = std::make_shared<ToldTransform>();
  step->what = what;
  const DatasetOptions options{.pipeline = {step}};
  read({.dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{{"x"_key, at::ones({4, 2})}}, options),
        .batch_size = 2});
}

std::shared_ptr<TensorDataset> four_rows() {
  return std::make_shared<TensorDataset>(TensorDataset::Columns{{"x"_key, at::ones({4, 2})}});
}

[[maybe_unused]] const bool kOfDatasets = add_misuses(
    "MisuseOfDatasets",
    {{"LengthBelowZero", "says that it has -5 samples",
      [] { read_told<Told>([](Told& d) { d.length = [] { return -5; }; }); }},
     {"LengthThatThrows", "no length",
      [] { read_told<Told>([](Told& d) { d.length = []() -> int64_t { throw Error("no length"); }; }); }},
     {"NoSamples", "", [] { read_told<Told>([](Told& d) { d.length = [] { return 0; }; }); }},
     {"GetThatThrows", "sample 0 of Told",
      [] { read_told<Told>([](Told& d) { d.make = [](int64_t) -> Sample { throw std::runtime_error("no"); }; }); }},
     {"GetThatThrowsANumber", "",
      [] {
        try {
          read_told<Told>([](Told& d) { d.make = [](int64_t) -> Sample { throw 42; }; });  // NOLINT
        } catch (int) {
          return;
        }
        throw std::logic_error("the user's own exception passes through");
      }},
     {"EmptySamples", "", [] { read_told<Told>([](Told& d) { d.make = [](int64_t) { return Sample(); }; }); }},
     {"OneTensorForAll", "",
      [] {
        const at::Tensor shared = at::ones({2});
        read_told<Told>([&](Told& d) {
          d.make = [&](int64_t i) {
            Sample sample;
            sample.set("x"_key, i % 2 ? shared : shared.fill_(static_cast<double>(i)));
            return sample;
          };
        });
      }},
     {"AnotherShapeEachTime", "",
      [] {
        read_told<Told>([](Told& d) {
          d.make = [](int64_t i) {
            Sample sample;
            sample.set("x"_key, at::ones({i}));
            return sample;
          };
        });
      }},
     {"UndefinedTensors", "",
      [] {
        read_told<Told>([](Told& d) {
          d.make = [](int64_t) {
            Sample sample;
            sample.set("x"_key, at::Tensor());
            return sample;
          };
        });
      }},
     {"ANumberInPlaceOfRows", "list or tuple is needed",
      [] {
        read_told<Told>([](Told& d) {
          d.make = [](int64_t) {
            Sample sample;
            sample.set_rows("g.a"_key, at::ones({2}));
            *sample.find("g.a"_key) = 3;
            sample.set_rows("g.b"_key, at::ones({2}));
            return sample;
          };
        });
      }},
     {"TooFewRowsAtOnce", "load_batch gave 1 rows for 2 indices",
      [] { read_told<Told>([](Told& d) { d.at_once = [](auto) { return Batch(1); }; }); }},
     {"TensorDatasetOfUndefined", "'x' has no rows",
      [] {
        TensorDataset({{"x"_key, at::Tensor()}});
      }},
     {"TensorDatasetOfANumber", "'x' has no rows",
      [] {
        TensorDataset({{"x"_key, at::ones({})}});
      }},
     {"TensorDatasetOfOtherLengths", "as many rows",
      [] {
        TensorDataset({{"x"_key, at::ones({2})}, {"y"_key, at::ones({3})}});
      }},
     {"TensorDatasetOfNothing", "",
      [] { read({.dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{})}); }},
     {"TensorDatasetBehindItsEnd", "has no sample 9: it has 4",
      [] {
        const std::vector<int64_t> indices{9};
        four_rows()->load_batch(indices, BatchBuilder::Memory::ordinary);
      }},
     {"TensorDatasetBelowItsBegin", "has no sample -1", [] { four_rows()->get(-1); }},
     {"TensorDatasetThatShrank", "has 1 rows now",
      [] {
        at::Tensor values = at::ones({4, 2});
        auto dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{{"x"_key, values}});
        values.resize_({1, 2});
        read({.dataset = dataset, .batch_size = 2});
      }},
     {"IndicesOfTheLeastNumber", "the dataset has 4 samples",
      [] { picked_indices(std::numeric_limits<int64_t>::min(), 4); }},
     {"IndicesBehindTheEnd", "the dataset has 4 samples", [] { picked_indices(std::vector<int64_t>{4}, 4); }}});

[[maybe_unused]] const bool kOfLoaders = add_misuses(
    "MisuseOfLoaders",
    {{"NextBeforeStart", "start(pass, batch) begins one", [] { DataLoader({.dataset = four_rows()}).next(); }},
     {"NextAfterTheEnd", "start(pass, batch) begins one",
      [] {
        DataLoader loader({.dataset = four_rows(), .batch_size = 4});
        loader.start(0, 0);
        while (loader.next()) continue;
        loader.next();
      }},
     {"APassBelowZero", "counted from 0", [] { DataLoader({.dataset = four_rows()}).start(-1, 0); }},
     {"ABatchBelowZero", "counted from 0", [] { DataLoader({.dataset = four_rows()}).start(0, -7); }},
     {"ABatchBehindTheEnd", "",
      [] {
        DataLoader loader({.dataset = four_rows()});
        loader.start(0, 1'000'000);
        if (loader.next()) throw std::logic_error("a batch of nothing");
      }},
     {"StopWithoutStart", "", [] { DataLoader({.dataset = four_rows()}).stop(); }},
     {"ABatchSizeOfZero", "batch_size must be at least 1", [] { read({.dataset = four_rows(), .batch_size = 0}); }},
     {"AHugeBatchSize", "", [] { read({.dataset = four_rows(), .batch_size = 1'000'000}); }},
     {"WorkersBelowZero", "num_workers must be at least 0",
      [] { DataLoader({.dataset = four_rows(), .num_workers = -1}); }},
     {"ManyWorkersForFewSamples", "", [] { DataLoader({.dataset = four_rows(), .num_workers = 16}).start(0, 0); }},
     {"ADatasetThatIsNull", "a null pointer where a Dataset", [] { read({.dataset = std::shared_ptr<Told>()}); }},
     {"ATransformThatIsNull", "there is no Transform to build",
      [] {
        const DatasetOptions options{.pipeline = {std::shared_ptr<ToldTransform>()}};
        read({.dataset = std::make_shared<TensorDataset>(TensorDataset::Columns{{"x"_key, at::ones({4})}}, options)});
      }},
     {"AStateOfAnotherLoader", "",
      [] {
        DataLoader loader({.dataset = four_rows()});
        loader.load_state(State());
        loader.load_state(State(3));
      }},
     {"OptionsOfNoPart", "there are no options of a loader", [] { LoaderPart()->batch_size = 2; }},
     {"OptionsOfALoaderThatIsThere", "the loader is there already",
      [] { LoaderPart(std::make_shared<DataLoader>(DataLoader::Options{.dataset = four_rows()}))->batch_size = 2; }},
     {"NoPartToBuild", "there is no loader to build", [] { LoaderPart().build({}); }},
     {"ASamplerBehindTheEnd", "gave the index 9; the dataset has 4 samples",
      [] { sample_by([](auto& s) { s.indices[1] = 9; }); }},
     {"ASamplerBelowTheBegin", "gave the index -1", [] { sample_by([](auto& s) { s.indices[1] = -1; }); }},
     {"ASamplerOfTooFewRows", "gave 2 rows for pass 0", [] { sample_by([](auto& s) {
                                                               s.indices = {0, 1};
                                                             }); }},
     {"ASamplerOfRowsBelowZero", "gives -4 rows", [] { sample_by([](auto& s) { s.rows = -4; }); }},
     {"ASamplerOfMorePaddingThanRows", "9 of them padding", [] { sample_by([](auto& s) { s.padded = 9; }); }},
     {"AnEndlessSamplerOfNothing", "",
      [] {
        sample_by([](auto& s) {
          s.endless = true;
          s.rows = 0;
          s.indices = {};
        });
      }},
     {"InfiniteSamplerOfNoData", "", [] {
        try {
          auto dataset = std::make_shared<Told>();
          dataset->length = [] { return 0; };
          read({.dataset = dataset, .batch_size = 2, .sampler = use<InfiniteSampler>({})});
        } catch (const Error&) {
        }
      }}});

[[maybe_unused]] const bool kOfStreams = add_misuses(
    "MisuseOfStreams",
    {{"Infinite", "", [] { read_told<ToldStream>([](ToldStream&) {}); }},
     {"EndsAtOnce", "", [] { read_told<ToldStream>([](ToldStream& s) { s.make = [](Sample&) { return false; }; }); }},
     {"Throws", "sample 0 of ToldStream",
      [] { read_told<ToldStream>([](ToldStream& s) { s.make = [](Sample&) -> bool { throw Error("x"); }; }); }},
     {"CancelThrows", "", [] { read_told<ToldStream>([](ToldStream& s) { s.at_cancel = [] { throw Error("x"); }; }); }},
     {"CancelThrowsAtStop", "not now",
      [] {
        auto stream = std::make_shared<ToldStream>();
        stream->at_cancel = [] { throw Error("not now"); };
        DataLoader loader({.dataset = stream, .batch_size = 2, .num_workers = 2});
        loader.start(0, 0);
        loader.next();
        loader.stop();
      }},
     {"TakesASampler", "takes no sampler",
      [] { DataLoader({.dataset = std::make_shared<ToldStream>(), .sampler = std::make_shared<ToldSampler>()}); }},
     {"IsReadByNumber", "ToldStream", [] { ToldStream().get(3); }}});

[[maybe_unused]] const bool kOfTransforms = add_misuses(
    "MisuseOfTransforms",
    {{"Throws", "in ToldTransform, at index 0 of the pipeline", [] { transform([](Sample&) { throw Error("x"); }); }},
     {"ThrowsOther", "sample 0 of TensorDataset", [] { transform([](Sample&) { throw std::runtime_error("x"); }); }},
     {"ErasesEverything", "", [] { transform([](Sample& s) { s = Sample(); }); }},
     {"EmptiesTheFields", "", [] { transform([](Sample& s) { s.fields().clear(); }); }},
     {"AKeyThatIsNotThere", "the sample has no 'img'; it has: x",
      [] { transform([](Sample& s) { s.tensor("img"_key); }); }},
     {"SaysThatItIsRows", "list or tuple is needed", [] {
        transform([](Sample& s) {
          s.set("x"_key, 3);
          s.fields()[0].form = Sample::Form::row_list;
        });
      }}});

}  // namespace
}  // namespace millrace
