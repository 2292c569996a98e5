#pragma once

#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/data/imaging.h"

namespace millrace {

/// Whether this build reads and resizes images (MILLRACE_IMAGING).
inline bool has_imaging() {
  try {
    return (void)imaging(), true;
  } catch (const Error&) {
    return false;
  }
}

/// The fixture of tests that decode or resize images: they are skipped where the build has nothing that does.
class NeedsImaging : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_imaging()) GTEST_SKIP() << "this build has no imaging library";
  }
};

}  // namespace millrace
