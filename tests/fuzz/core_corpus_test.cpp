#include "tests/fuzz/corpus.h"

namespace millrace::fuzz {
namespace {

TEST(FuzzCorpus, OfPythonConfigsEndsInTreesAndErrors) { read_corpus("config_py", config_py); }
TEST(FuzzCorpus, OfOverridesEndsInTreesAndErrors) { read_corpus("overrides", overrides); }
TEST(FuzzCorpus, OfYamlEndsInTreesAndErrors) { read_corpus("yaml", yaml); }
TEST(FuzzCorpus, OfJsonEndsInTreesAndErrors) { read_corpus("json", json); }
TEST(FuzzCorpus, OfGzipEndsInBytesAndErrors) { read_corpus("gzip", gzip); }

}  // namespace
}  // namespace millrace::fuzz
