#pragma once

#include <functional>
#include <string>
#include <vector>

namespace millrace {

/// One way of using the library wrongly.
struct Misuse {
  std::string name;            // a sentence
  std::string says;            // a part of the text of the millrace::Error; "": there is a result
  std::function<void()> body;  // throws the error; any other exception fails
};

/// Registers a test for each. Nothing of this may crash, hang or end in another exception.
bool add_misuses(const std::string& suite, std::vector<Misuse> misuses);

}  // namespace millrace
