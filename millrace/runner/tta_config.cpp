#include "millrace/runner/tta_config.h"

#include <string>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/config/config.h"
#include "millrace/data/transform.h"
#include "millrace/model/tta_model.h"
#include "millrace/runner/command_run.h"

namespace millrace {

namespace {

constexpr const char* kOption = "--tta";

const Value* given(const Value& dict, const char* key) {
  const Value* value = dict.find(key);
  return value && !value->is_null() ? value : nullptr;
}

/// A copy of a dict in which `key` has another value: the config may use the dict elsewhere, too.
Value with(const Value& dict, const char* key, Value value) {
  Value copy = Value::dict().set_place(dict.place());
  for (const auto& [each, item] : dict.as_dict()) copy.as_dict().set(each, item);
  copy.as_dict().set(key, std::move(value));
  return copy;
}

Value with_pipeline(const Value& dataset, const Value& pipeline) {
  const Value* inner = dataset.find("dataset");
  return inner && inner->is_dict() ? with(dataset, "dataset", with_pipeline(*inner, pipeline))
                                   : with(dataset, "pipeline", pipeline);
}

/// The data below what wraps them.
const Value& inner_dataset(const Value& dataset) {
  const Value* inner = dataset.find("dataset");
  return inner && inner->is_dict() ? inner_dataset(*inner) : dataset;
}

Value component(const char* type) {
  Value made = Value::dict().set_place(Place(std::string("command line: ") + kOption));
  made.as_dict().set("type", type);
  return made;
}

Value flip(double prob) {
  Value transform = component("RandomFlip");
  transform.as_dict().set("prob", prob);
  return transform;
}

/// The image and its mirror image: mmpretrain's views where a config names none.
Value flipping_pipeline(const Value& dataset) {
  const Value* pipeline = given(dataset, "pipeline");
  if (!pipeline || !pipeline->is_sequence() || pipeline->items().empty())
    throw Error(dataset.place(), "--tta needs tta_pipeline: the test data have no pipeline that it could add views to");
  Value::Items steps = pipeline->items();
  Value views = component("TestTimeAug");
  views.as_dict().set("transforms", Value::list({Value::list({flip(0), flip(1)}), Value::list({steps.back()})}));
  steps.back() = std::move(views);
  return Value::list(std::move(steps)).set_place(pipeline->place());
}

}  // namespace

void use_tta(Config& config) {
  const Value* const model = given(config.tree, "tta_model");
  const Value* const pipeline = given(config.tree, "tta_pipeline");
  if (model && !pipeline)
    throw Error(model->place(), "the config has tta_model, but no tta_pipeline")
        .help("tta_pipeline=[…, dict(type='TestTimeAug', transforms=[[…], …])], the test pipeline with several views");
  const Value* const loader = given(config.tree, "test_dataloader");
  const Value* const dataset = loader ? given(*loader, "dataset") : nullptr;
  if (!dataset || !dataset->is_dict())
    throw Error(Place(config.filename), "--tta needs test data: the config has no test_dataloader.dataset");
  const Value views = pipeline ? *pipeline : flipping_pipeline(inner_dataset(*dataset));
  Value hook = component("PrepareTTAHook");
  if (model) hook.as_dict().set("tta_cfg", *model);
  config.tree.as_dict().set("test_dataloader", with(*loader, "dataset", with_pipeline(*dataset, views)));
  add_hook(config, std::move(hook), kOption);
}

void check_tta(const Config& config, Binder& binder) {
  Binder own = binder.trial();
  if (const Value* pipeline = given(config.tree, "tta_pipeline")) {
    const Binder::Step step(own, "tta_pipeline");
    std::vector<Component<Transform>> transforms;
    TypeOf<std::vector<Component<Transform>>>::bind(transforms, *pipeline, own);
    Complaints complaints("tta_pipeline");
    Pipeline::check("tta_pipeline", transforms, complaints);
    for (const Complaints::Complaint& complaint : complaints.all()) own.mistakes().add(complaint.error);
  }
  if (const Value* model = given(config.tree, "tta_model")) {
    const Binder::Step step(own, "tta_model");
    Component<BaseTTAModel> merging;
    TypeOf<Component<BaseTTAModel>>::bind(merging, *model, own);
  }
  for (const Error& mistake : own.mistakes().all()) binder.mistakes().add(mistake);
}

}  // namespace millrace
