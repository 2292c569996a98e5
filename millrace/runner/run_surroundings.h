#pragma once

#include <memory>
#include <string>
#include <vector>

namespace millrace {

class Ranks;
class RunControl;
class SharedMachine;
class Terminal;

/// The source of a Runner's options, its terminal and control, and its ranks.
struct RunSurroundings {
  std::string config_text;             // the resolved config as Python source; "" without one
  std::string config_name;             // "lenet" for lenet.py: the experiment's name unless the options have one
  std::string config_file;             // its path: the files of a run never replace it
  std::string effective_json;          // every key with its value; "" without a config
  std::vector<std::string> notices;    // for the log: ignored keys and so on
  std::shared_ptr<Terminal> terminal;  // null: nothing is printed
  RunControl* control = nullptr;       // must outlive the Runner; may serve several
  Ranks* ranks = nullptr;              // null: one process; must outlive the Runner
  // Watches for other processes while the Runner trains and evaluates, and changes how threads wait beside them; null:
  // nobody does. A run on a GPU, or on several ranks, is not watched.
  std::shared_ptr<SharedMachine> machine{};
  bool shares_generators = false;  // its random numbers may mix with those of trainings in other threads
};

}  // namespace millrace
