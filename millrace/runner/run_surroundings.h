#pragma once

#include <memory>
#include <string>
#include <vector>

namespace millrace {

class Ranks;
class RunControl;
class Terminal;

/// Where a Runner's options came from, who listens, and with whom it trains.
struct RunSurroundings {
  std::string config_text;             // the resolved config as Python source; "" where there is none
  std::string config_name;             // "lenet" of lenet.py: the experiment's name unless one is given
  std::string effective_json;          // every key with its value; "" where there is none
  std::vector<std::string> notices;    // for the log: keys that mean nothing, and the like
  std::shared_ptr<Terminal> terminal;  // null: nothing is printed
  RunControl* control = nullptr;       // must outlive the Runner
  Ranks* ranks = nullptr;              // null: one process; must outlive the Runner
};

}  // namespace millrace
