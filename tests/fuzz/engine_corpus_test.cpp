#include "tests/fuzz/corpus.h"

namespace millrace::fuzz {
namespace {

TEST(EngineFuzzCorpus, OfZipArchivesEndsInStatesAndErrors) { read_corpus("zip", zip); }
TEST(EngineFuzzCorpus, OfPicklesEndsInStatesAndErrors) { read_corpus("pickle", pickle); }
TEST(EngineFuzzCorpus, OfIdxFilesEndsInTensorsAndErrors) { read_corpus("idx", idx); }
TEST(EngineFuzzCorpus, OfTablesEndsInTextsAndErrors) { read_corpus("csv", csv); }
TEST(EngineFuzzCorpus, OfImagesEndsInHeaders) { read_corpus("image_header", image_header); }

}  // namespace
}  // namespace millrace::fuzz
