#pragma once

#include <string>
#include <typeinfo>

namespace millrace {

/// "FashionMNIST" of millrace::FashionMNIST: what an object is called in messages.
std::string class_name_of(const std::type_info& type);

}  // namespace millrace
