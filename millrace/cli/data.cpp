#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "millrace/base/text.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/command_group.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/engine.h"

namespace millrace {
namespace {

std::string text_of(const CheckedData& data) {
  if (!data.same_as.empty()) return fmt::format("{}: the data of {}\n", data.loader, data.same_as);
  std::string text;
  if (!data.error.empty()) {
    text = (data.error.starts_with(data.loader) ? "" : data.loader + ": ") + data.error + "\n";
  } else {
    const std::string found = data.unusable == 0 ? "all can be read" : fmt::format("{} can't be read", data.unusable);
    text = fmt::format("{}: {}, {}\n", data.loader, counted(data.samples, "sample"), found);
  }
  for (const std::string& notice : data.notices) text += "  " + notice + "\n";
  return text;
}

using OrderedJson = nlohmann::ordered_json;

std::string line_of(const OrderedJson& object) {
  return object.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::string json_of(const CheckedData& data) {
  OrderedJson object = {{"loader", data.loader}};
  if (!data.same_as.empty()) object["same_as"] = data.same_as;
  else if (!data.error.empty()) object["error"] = data.error;
  else object.update({{"samples", data.samples}, {"unusable", data.unusable}});
  if (!data.notices.empty()) object["notices"] = data.notices;
  return line_of(object);
}

std::string json_of(const UnusableSample& sample) {
  return line_of({{"loader", sample.loader}, {"index", sample.index}, {"reason", sample.reason}});
}

int data_check_command(const Invocation& invocation) {
  DataCheckRequest request;
  bool json = false;
  Arguments arguments(invocation.name(), "data check",
                      "Reads every file of a config's training, validation and test data, and names those that can't "
                      "be read.");
  arguments.positional("CONFIG", "a config file: .py, .yaml or .json", request.config);
  arguments.overrides(request.overrides);
  arguments.config_path(request.config_path);
  arguments.flag("--json", "an object for each sample that can't be read, and one for each loader", json);
  arguments.example("data check configs/fashion_mnist/lenet.py");
  arguments.example("data check config.py train_dataloader.num_workers=4");
  arguments.example("data check config.py --json");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  bool is_sound = true;
  const DataCheckListener listener{.sample =
                                       [&](const UnusableSample& sample) {
                                         is_sound = false;
                                         std::fputs((json ? json_of(sample) : sample.reason + "\n").c_str(), stdout);
                                       },
                                   .data =
                                       [&](const CheckedData& data) {
                                         if (!data.error.empty()) is_sound = false;
                                         std::fputs((json ? json_of(data) : text_of(data)).c_str(), stdout);
                                       }};
  engine().check_data(request, listener);
  return is_sound ? 0 : 2;
}

constexpr Command kDataCommands[] = {
    {"check", "reads every file and names those that can't be read", &data_check_command},
};

}  // namespace

int data_command(const Invocation& invocation) {
  const CommandGroup group{
      "data", "Looks at the data of a config.", kDataCommands, {"data check configs/fashion_mnist/lenet.py"}};
  return group.run(invocation);
}

}  // namespace millrace
