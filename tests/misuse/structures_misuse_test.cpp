#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <array>
#include <cmath>
#include <limits>

#include "millrace/base/error.h"
#include "millrace/config/config.h"
#include "millrace/hub/message_hub.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/batch_builder.h"
#include "millrace/structures/instances.h"
#include "millrace/structures/label_data.h"
#include "millrace/structures/loss_map.h"
#include "millrace/structures/metric_map.h"
#include "millrace/structures/pixel_data.h"
#include "tests/support/misuse.h"

namespace millrace {
namespace {

Batch rows_with(const Column& column, int64_t size = 3) {
  Batch batch(size);
  batch.set("x"_key, column);
  return batch;
}

Sample with(const char* key, State value) {
  Sample sample;
  sample.set(Key(key), std::move(value));
  return sample;
}

[[maybe_unused]] const bool kOfBatches = add_misuses(
    "MisuseOfBatches",
    {{"ARowBelowTheFirst", "the batch has no row -1: it has 3 rows", [] { Batch(3).row(-1); }},
     {"ARowBehindTheLast", "the batch has no row 3", [] { Batch(3).row(3); }},
     {"ASizeBelowZero", "a batch can't have -1 rows", [] { Batch(-1); }},
     {"AColumnOfTooFewRows", "it has 2 rows", [] { rows_with(Dense{at::ones({2})}).row(2); }},
     {"AColumnOfOneNumber", "it has 0 rows", [] { rows_with(Dense{at::ones({})}).row(0); }},
     {"AnUndefinedColumn", "its tensor is undefined", [] { rows_with(Dense{}).row(0); }},
     {"AnUndefinedColumnThatMoves", "", [] { rows_with(Dense{}).to(at::kCPU); }},
     {"TooFewPlainValues", "it has 1 rows", [] { rows_with(Meta{{State(1)}}).row(2); }},
     {"TooFewTensorsOfAList", "it has 1 rows", [] { rows_with(TensorList{{at::ones({1})}}).row(2); }},
     {"TooFewValuesAndPadding", "it has 1 rows",
      [] {
        Batch batch = rows_with(Meta{{State(1)}});
        batch.set_positions({-1, 1, 2});
        batch.without_padding();
      }},
     {"FewerPositionsThanRows", "it has 3 rows",
      [] {
        Batch batch = rows_with(Dense{at::ones({3})});
        batch.set_positions({0});
        batch.row(0);
      }},
     {"OffsetsThatFall", "do not rise",
      [] {
        rows_with(Ragged{at::ones({5}), at::tensor({0, 4, 2, 5}, at::kLong)}).row(1);
      }},
     {"OffsetsBehindTheValues", "behind its values",
      [] {
        rows_with(Ragged{at::ones({5}), at::tensor({0, 4, 6, 500}, at::kLong)}).row(2);
      }},
     {"OffsetsOfInt32", "int64",
      [] {
        rows_with(Ragged{at::ones({5}), at::tensor({0, 1, 2, 5}, at::kInt)}).row(0);
      }},
     {"TooFewOffsets", "its offsets are not",
      [] {
        rows_with(Ragged{at::ones({5}), at::tensor({0, 5}, at::kLong)}).row(0);
      }},
     {"UndefinedOffsets", "its offsets are not",
      [] {
        rows_with(Ragged{at::ones({5}), {}}).row(0);
      }},
     {"UndefinedRaggedValues", "behind its values",
      [] {
        rows_with(Ragged{{}, at::tensor({0, 1, 2, 5}, at::kLong)}).row(0);
      }},
     {"AListOfRowsWithoutOffsets", "its offsets are not",
      [] {
        rows_with(RowList{{State(1)}, {}}).row(0);
      }},
     {"AKeyThatIsNotThere", "the batch has no 'y'; it has: x", [] { rows_with(Dense{at::ones({3})}).tensor("y"_key); }},
     {"AnotherForm", "is dense", [] { rows_with(Dense{at::ones({3})}).ragged("x"_key); }},
     {"InstancesOfOtherImages", "instances of 1 images for a batch of 3",
      [] { Batch(3).set_instances("g"_key, Instances::of_images(std::array<int64_t, 1>{2})); }},
     {"ABatchThatWasMovedFrom", "the batch has no row 0",
      [] {
        Batch batch = rows_with(Dense{at::ones({3})});
        const Batch other = std::move(batch);
        batch.row(0);  // NOLINT: what is left
      }},
     {"NoSamples", "", [] { Batch::from({}); }},
     {"SamplesOfOtherKeys", "has no 'a'",
      [] {
        Batch::from(std::array{with("a", 1), Sample()});
      }},
     {"SamplesOfMoreKeys", "earlier samples",
      [] {
        Batch::from(std::array{Sample(), with("a", 1)});
      }},
     {"SamplesOfOtherForms", "earlier samples of the batch",
      [] {
        Sample rows;
        rows.set_rows("a"_key, at::ones({2}));
        Batch::from(std::array{with("a", at::ones({2})), rows});
      }},
     {"MoreSamplesThanAnnounced", "more samples than the 1",
      [] {
        BatchBuilder builder(1, BatchBuilder::Memory::ordinary);
        builder.add(with("a", 1));
        builder.add(with("a", 1));
      }},
     {"RowsThatBecameANumber", "",
      [] {
        Sample sample;
        sample.set_rows("g.a"_key, at::ones({2}));
        *sample.find("g.a"_key) = State::list({1});
        sample.instances("g"_key);
      }},
     {"RowsThatAreNone", "not a tensor of rows", [] { Sample().set_rows("a"_key, {}); }},
     {"RowListThatIsANumber", "neither a tensor", [] { Sample().set_row_list("a"_key, 3); }},
     {"AnUndefinedTensorOfASample", "is of kind None, not tensor", [] { with("a", at::Tensor()).tensor("a"_key); }},
     {"ATextThatIsNeeded", "is of kind int, not str", [] { with("a", 1).string("a"_key); }}});

[[maybe_unused]] const bool kOfInstances = add_misuses(
    "MisuseOfInstances",
    {{"UndefinedOffsets", "offsets of instances are", [] { Instances{at::Tensor()}; }},
     {"NoOffsets", "offsets of instances are", [] { Instances{at::empty({0}, at::kLong)}; }},
     {"OffsetsThatFall", "rise from 0",
      [] {
        Instances{at::tensor({0, 5, 2}, at::kLong)};
      }},
     {"OffsetsThatBeginLate", "rise from 0",
      [] {
        Instances{at::tensor({1, 5}, at::kLong)};
      }},
     {"CountsBelowZero", "can't have -2 instances", [] { Instances::of_images(std::array<int64_t, 1>{-2}); }},
     {"ValuesOfOtherRows", "has 3 rows for 2 instances",
      [] { Instances::of_images(std::array<int64_t, 1>{2}).set("a"_key, at::ones({3})); }},
     {"UndefinedValues", "undefined", [] { Instances::of_images(std::array<int64_t, 1>{2}).set("a"_key, {}); }},
     {"AnImageThatIsNotThere", "there is no image 7", [] { Instances::of_images(std::array<int64_t, 1>{2}).begin(7); }},
     {"ARowOfNoImage", "there is no image -1", [] { Instances::of_images(std::array<int64_t, 1>{2}).row(-1); }},
     {"PlacesBehindTheEnd", "there is no instance 9",
      [] { Instances::of_images(std::array<int64_t, 1>{2}).select(at::tensor({9}, at::kLong)); }},
     {"AMaskOfAnotherLength", "a mask of 5 elements",
      [] { Instances::of_images(std::array<int64_t, 1>{2}).select(at::ones({5}, at::kBool)); }},
     {"ChosenByFloats", "bool or places",
      [] { Instances::of_images(std::array<int64_t, 1>{2}).select(at::ones({2})); }},
     {"ChosenByNothing", "undefined", [] { Instances::of_images(std::array<int64_t, 1>{2}).select({}); }},
     {"NothingToPutTogether", "no instances to put together", [] { Instances::cat({}); }},
     {"LabelsAboveTheClasses", "for 2 classes", [] { label_to_onehot(at::tensor({5}, at::kLong), 2); }},
     {"ClassesBelowZero", "-3 classes", [] { label_to_onehot(at::tensor({5}, at::kLong), -3); }},
     {"AnUndefinedLabel", "labels are", [] { label_to_onehot({}, 2); }},
     {"AnUndefinedOnehot", "undefined", [] { onehot_to_label({}); }},
     {"AnUndefinedMap", "undefined", [] { PixelData().set("a"_key, {}); }},
     {"AWindowThatOverflows", "is not within",
      [] {
        PixelData data;
        data.set("a"_key, at::ones({4, 4}));
        data.window(std::numeric_limits<int64_t>::max(), 1, 1, 1);
      }},
     {"AWindowOfMaximalSize", "is not within", [] {
        PixelData data;
        data.set("a"_key, at::ones({4, 4}));
        data.window(1, 1, std::numeric_limits<int64_t>::max(), 1);
      }}});

[[maybe_unused]] const bool kOfValues = add_misuses(
    "MisuseOfValues",
    {{"AnUndefinedLoss", "'loss' is an undefined tensor",
      [] {
        LossMap{{"loss"_key, at::Tensor()}};
      }},
     {"AnUndefinedLossOfAList", "undefined tensor in its list",
      [] {
        LossMap losses;
        losses.add("loss"_key, std::vector<at::Tensor>{at::ones({}), at::Tensor()});
      }},
     {"AnEmptyListOfLosses", "is an empty list",
      [] {
        LossMap losses;
        losses.add("loss"_key, at::TensorList());
      }},
     {"ALossWithoutElements", "without elements",
      [] {
        LossMap{{"loss"_key, at::empty({0})}};
      }},
     {"ALossGivenTwice", "given twice",
      [] {
        LossMap{{"loss"_key, at::ones({})}, {"loss"_key, at::ones({})}};
      }},
     {"LossesAddedToThemselves", "given twice",
      [] {
        LossMap losses{{"loss"_key, at::ones({})}};
        losses.add(losses);
      }},
     {"NothingToMinimise", "nothing to minimise",
      [] {
        LossMap{{"accuracy"_key, at::ones({})}}.total();
      }},
     {"NoLosses", "entries: none", [] { LossMap().total(); }},
     {"AMetricThatIsNotThere", "did you mean 'top1'?",
      [] {
        MetricMap{{"top1", 1.0}}.resolve("topl");
      }},
     {"AStateOfAnotherKind", "int is needed", [] { State("x").integer(); }},
     {"AKeyOfNoDict", "dict is needed", [] { State(3)["x"] = 1; }},
     {"ItemsOfANumber", "list or tuple is needed", [] { State(3).push_back(1); }},
     {"AStateThatWasMovedFrom", "dict is needed",
      [] {
        State state = State::dict({{"a", 1}});
        const State other = std::move(state);
        state.entries();  // NOLINT: what is left
      }},
     {"AStateWithinItself", "",
      [] {
        State state = State::list({1});
        state.push_back(state);
        state.items()[1].push_back(state);
      }},
     {"AnIdOfAnotherHub", "another hub gave the id",
      [] {
        MessageHub one, other;
        other.update(one.scalar("train/loss"), 1.0);
      }},
     {"AnInfoOfAnotherHub", "another hub gave the id",
      [] {
        MessageHub one, other;
        other.update_info(one.info("x"), 1);
      }},
     {"AHistoryOfNoName", "train/los", [] { MessageHub().history("train/los"); }},
     {"AnEmptyHistory", "a history without entries", [] { HistoryBuffer().current(); }},
     {"AHistoryOfNoLength", "max_length", [] { HistoryBuffer(-1); }},
     {"CountsThatDoNotFit", "",
      [] {
        try {
          HistoryBuffer(std::vector<Number>{1, 2}, std::vector<double>{1});
        } catch (const Error&) {
        }
      }},
     {"AWindowBelowAll", "",
      [] {
        HistoryBuffer history;
        history.update(1.0);
        history.mean(std::numeric_limits<int64_t>::min());
      }},
     {"AnUndefinedScalar", "got an undefined tensor", [] { HistoryBuffer().update(at::Tensor()); }},
     {"AScalarOfManyElements", "got a tensor of 3 elements", [] { HistoryBuffer().update(at::ones({3})); }},
     {"AStatisticOfNoName", "median", [] { HistoryBuffer().statistic("median"); }},
     {"AConfigOfManyBrackets", "nest",
      [] {
        Config::from_string("x = " + std::string(100000, '[') + std::string(100000, ']'), Config::Format::python,
                            "deep.py");
      }},
     {"AYamlOfManyBrackets", "deep.yaml",
      [] {
        Config::from_string(std::string(100000, '[') + std::string(100000, ']'), Config::Format::yaml, "deep.yaml");
      }},
     {"AJsonOfManyBrackets", "deep.json", [] {
        Config::from_string(std::string(100000, '[') + std::string(100000, ']'), Config::Format::json, "deep.json");
      }}});

}  // namespace
}  // namespace millrace
