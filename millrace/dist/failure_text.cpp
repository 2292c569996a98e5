#include "millrace/dist/failure_text.h"

#include "millrace/base/error.h"

namespace millrace {

std::string failure_text(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.place().known() ? error.place().str() + ": " + error.summary() : error.summary();
  } catch (const std::exception& error) {
    const std::string text = error.what();
    return text.substr(0, text.find('\n'));
  } catch (...) {
    return "an unknown exception";
  }
}

}  // namespace millrace
