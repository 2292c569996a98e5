#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using testing::HasSubstr;

TEST(Init, SaysWhatToTypeNextInTheWordsOfAShell) {
  const ScratchFolder scratch;
  for (const auto& [name, word] : {std::pair("my shop", "/my shop'\n"), std::pair("it's", "/it'\\''s'\n")}) {
    const ProcessResult result = run_process({build_path("/bin/millrace"), "init", scratch / name});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.output, HasSubstr("\n  cd '" + scratch.path().string() + word));
  }
  const ProcessResult plain = run_process({build_path("/bin/millrace"), "init", scratch / "shop"});
  EXPECT_THAT(plain.output, HasSubstr("\n  cd " + (scratch / "shop") + "\n"));
}

}  // namespace
}  // namespace millrace
