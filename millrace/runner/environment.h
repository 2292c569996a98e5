#pragma once

#include <string>
#include <utility>
#include <vector>

namespace millrace {

class Runner;

/// Facts that numbers depend on: versions, processor, instruction set, threads, host, in the order in which they are
/// shown.
std::vector<std::pair<std::string, std::string>> environment_facts();
/// The same as an object of JSON.
std::string environment_json();
/// The lines that a run's log begins with.
std::string environment_summary(const Runner& runner);

}  // namespace millrace
