#pragma once

#include <string>
#include <utility>
#include <vector>

namespace millrace {

/// Facts on which results depend: versions, processor, instruction set, threads, host, in the order in which they are
/// shown.
std::vector<std::pair<std::string, std::string>> environment_facts();
/// The same as an object of JSON.
std::string environment_json();

}  // namespace millrace
