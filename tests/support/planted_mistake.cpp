#include "tests/support/planted_mistake.h"

#include <fstream>

#include "millrace/io/file.h"
#include "millrace/registry/registry.h"
#include "millrace/runner/runner_options.h"

namespace millrace {

namespace {

const std::set<std::string>& all_keys() {
  static const std::set<std::string> kKeys = [] {
    std::set<std::string> keys = {"type", "priority", "by_epoch"};
    const auto add = [&](const Schema& schema) {
      for (const std::string& name : schema.names()) keys.insert(name);
    };
    for (const ComponentEntry* entry : ComponentTable::instance().all()) add(*entry->schema);
    add(run_schema());
    add(schema_of<DataLoader>());
    return keys;
  }();
  return kKeys;
}

const ComponentEntry* component_of(const std::string& kind, const Value& config, const std::string& scope,
                                   const std::string& default_type) {
  const Value* type = config.find("type");
  std::string name = default_type;
  if (type) name = type->is_string() ? type->as_string() : type->is_symbol() ? type->as_symbol().path : "";
  return ComponentTable::instance().find(kind, name, scope);
}

class KeyCollector {
 public:
  explicit KeyCollector(const Config& config) : tree_(config.tree) {
    const Value* scope = tree_.find("default_scope");
    if (scope && scope->is_string()) scope_ = scope->as_string();
  }

  std::vector<PlantableKey> all() {
    const Schema& runner = run_schema();
    for (const auto& [key, value] : tree_.as_dict())
      if (runner.has(key.as_string())) add("Runner", key);
    part("loop", "TrainLoop", tree_.find("train_cfg"), "EpochBasedTrainLoop");
    part("loop", "ValLoop", tree_.find("val_cfg"), "ValLoop");
    part("loop", "TestLoop", tree_.find("test_cfg"), "TestLoop");
    optim_wrapper();
    part("scheduler", "ParamScheduler", tree_.find("param_scheduler"), "");
    hooks();
    part("hook", "Hook", tree_.find("custom_hooks"), "");
    for (const char* stage : {"train", "val", "test"}) loader(stage);
    return std::move(keys_);
  }

 private:
  void add(const char* part, const Value& key) {
    if (key.is_string() && key.place().line() > 0) keys_.push_back({part, key.as_string(), key.place()});
  }
  /// A component, or a list of them, that this build has.
  bool part(const char* part_name, const std::string& kind, const Value* value, const std::string& default_type) {
    if (!value) return false;
    if (value->is_sequence()) {
      for (const Value& item : value->items()) part(part_name, kind, &item, default_type);
      return false;
    }
    const ComponentEntry* entry = value->is_dict() ? component_of(kind, *value, scope_, default_type) : nullptr;
    if (!entry) return false;
    for (const auto& [key, item] : value->as_dict())
      if (key.is_string() && (entry->schema->has(key.as_string()) || all_keys().contains(key.as_string())))
        add(part_name, key);
    return true;
  }
  void optim_wrapper() {
    const Value* wrapper = tree_.find("optim_wrapper");
    if (!part("optimizer", "OptimWrapper", wrapper, "OptimWrapper")) return;
    part("optimizer", "Optimizer", wrapper->find("optimizer"), "");
    if (const Value* clip = wrapper->find("clip_grad"); clip && clip->is_dict())
      for (const auto& [key, item] : clip->as_dict()) add("optimizer", key);
  }
  void hooks() {
    const Value* hooks = tree_.find("default_hooks");
    if (!hooks || !hooks->is_dict()) return;
    for (const auto& [name, hook] : hooks->as_dict()) {
      const std::string type = name.as_string() == "logger"       ? "LoggerHook"
                               : name.as_string() == "checkpoint" ? "CheckpointHook"
                                                                  : "";
      part("hook", "Hook", &hook, type);
    }
  }
  void loader(const std::string& stage) {
    const Value* loader = tree_.find(stage + "_dataloader");
    if (!loader || !loader->is_dict()) return;
    for (const auto& [key, value] : loader->as_dict()) add("loader", key);
    part("loader", "Sampler", loader->find("sampler"), "");
  }

  const Value& tree_;
  std::string scope_;
  std::vector<PlantableKey> keys_;
};

void write_file(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
}

/// Where a place is in the text; npos past its end.
size_t offset_of(const std::string& text, const Place& place) {
  size_t at = 0;
  for (int line = 1; line < place.line(); ++line) {
    at = text.find('\n', at);
    if (at == std::string::npos) return at;
    ++at;
  }
  return at + static_cast<size_t>(place.column() - 1);
}

}  // namespace

std::vector<PlantableKey> plantable_keys(const Config& config) { return KeyCollector(config).all(); }

std::optional<PlantedMistake> PlantedMistake::at(const PlantableKey& key, const std::string& misspelt) {
  std::string text = io::read_file(key.place.file());
  size_t at = offset_of(text, key.place);
  if (at < text.size() && (text[at] == '\'' || text[at] == '"')) ++at;
  if (at > text.size() || text.compare(at, key.key.size(), key.key) != 0) return std::nullopt;
  const size_t behind = text.find_first_not_of("'\" ", at + key.key.size());
  if (behind == std::string::npos || (text[behind] != '=' && text[behind] != ':')) return std::nullopt;
  PlantedMistake planted(key.place.file(), text);
  write_file(key.place.file(), text.replace(at, key.key.size(), misspelt));
  return planted;
}

PlantedMistake::~PlantedMistake() {
  if (!file_.empty()) write_file(file_, text_);
}

std::string misspelt(const std::string& key, std::mt19937& random) {
  static const std::set<std::string> kWords = {"as", "if", "in", "is", "or", "and", "def", "del", "for", "not", "try"};
  const auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  while (true) {
    std::string wrong = key;
    const size_t at = below(key.size());
    switch (below(4)) {
      case 0:
        wrong.erase(at, 1);
        break;
      case 1:
        wrong.insert(at, 1, key[at]);
        break;
      case 2:
        wrong[at] = static_cast<char>('a' + below(26));
        break;
      default:
        if (at + 1 < key.size()) std::swap(wrong[at], wrong[at + 1]);
    }
    const bool is_name = !wrong.empty() && (wrong[0] == '_' || (wrong[0] >= 'a' && wrong[0] <= 'z'));
    if (is_name && wrong != key && wrong != "_" && !wrong.starts_with("__") && !all_keys().contains(wrong) &&
        !kWords.contains(wrong))
      return wrong;
  }
}

}  // namespace millrace
