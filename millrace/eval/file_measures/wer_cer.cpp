#include "millrace/base/text.h"
#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/edit_counts.h"

namespace millrace {
namespace {

/// Error rates of words and characters, as jiwer: the edits of all sentences divided by the words (characters, blanks
/// included) of all references.
///
/// Reads   references, hypotheses (sentences): texts
/// Gives   wer, mer (edits divided by edits and hits), cer; words: substitutions, deletions, insertions, hits;
///         characters: edits; per_sentence_wer
class WerCerOfFile final : public FileMeasure {
 public:
  static std::string component_name() { return "wer_cer"; }

  State figures(FileInputs& inputs) const override {
    const std::vector<std::string> references = inputs.texts("references", "sentences");
    const std::vector<std::string> hypotheses = inputs.texts("hypotheses", "sentences");
    EditCounts words, characters;
    std::vector<double> rates;
    for (size_t i = 0; i < references.size(); ++i) {
      const EditCounts own = word_edits(words_of(references[i]), words_of(hypotheses[i]));
      words += own;
      characters += character_edits(trim(references[i]), trim(hypotheses[i]));
      rates.push_back(own.error_rate());
    }
    return figure_dict({{"wer", words.error_rate()},
                        {"mer", words.match_error_rate()},
                        {"cer", characters.error_rate()},
                        {"words", figure_dict({{"substitutions", words.substitutions},
                                               {"deletions", words.deletions},
                                               {"insertions", words.insertions},
                                               {"hits", words.hits}})},
                        {"characters", figure_dict({{"edits", characters.edits()}})},
                        {"per_sentence_wer", figure_list(rates)}});
  }
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, WerCerOfFile, wer_cer);

}  // namespace millrace
