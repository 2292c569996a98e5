#include "millrace/base/class_name.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace millrace {

std::string class_name_of(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                    std::free);
  std::string name = status == 0 ? text.get() : type.name();
  const size_t end = name.find('<');  // of a template's arguments
  const size_t colon = name.rfind(':', end);
  return name.substr(colon == std::string::npos ? 0 : colon + 1);
}

}  // namespace millrace
