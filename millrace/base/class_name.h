#pragma once

#include <string>
#include <typeinfo>

namespace millrace {

/// The name of an object's class in messages: "FashionMNIST" for millrace::FashionMNIST.
std::string class_name_of(const std::type_info& type);

}  // namespace millrace
