#include "millrace/tensor/torch_failure.h"

#include <c10/util/Exception.h>

#include <exception>

namespace millrace {

void rethrow_explained(const std::vector<std::string>& notes) {
  try {
    throw;
  } catch (Error& error) {
    for (const std::string& note : notes) error.note(note);
    throw;
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    Failure failure(text.substr(0, text.find('\n')));
    for (const std::string& note : notes) failure.note(note);
    std::throw_with_nested(failure);
  }
}

}  // namespace millrace
