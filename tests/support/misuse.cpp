#include "tests/support/misuse.h"

#include <gtest/gtest.h>

#include <typeinfo>
#include <utility>

#include "millrace/base/class_name.h"
#include "millrace/base/error.h"

namespace millrace {

namespace {

class MisuseCase final : public testing::Test {
 public:
  explicit MisuseCase(Misuse misuse) : misuse_(std::move(misuse)) {}
  void TestBody() override {
    try {
      misuse_.body();
    } catch (const Error& error) {
      const std::string text = error.what();
      if (misuse_.says.empty() || text.find(misuse_.says) == std::string::npos)
        ADD_FAILURE() << "expected: " << misuse_.says << "\nit says:  " << text;
      return;
    } catch (const std::exception& error) {
      ADD_FAILURE() << class_name_of(typeid(error)) << ", not an Error: " << error.what();
      return;
    }
    if (!misuse_.says.empty()) ADD_FAILURE() << "there is no error; expected: " << misuse_.says;
  }

 private:
  Misuse misuse_;
};

}  // namespace

bool add_misuses(const std::string& suite, std::vector<Misuse> misuses) {
  for (Misuse& misuse : misuses) {
    const std::string name = misuse.name;
    testing::RegisterTest(suite.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [misuse = std::move(misuse)]() -> testing::Test* { return new MisuseCase(misuse); });
  }
  return true;
}

}  // namespace millrace
