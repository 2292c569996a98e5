#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/eval/measures/token_likelihood.h"

namespace millrace {
namespace {

/// The perplexity of a language model, over the tokens whose target is not ignore_index.
///
/// Reads   logits (sentences, tokens, words), targets (sentences, tokens)
/// Gives   perplexity, mean_negative_log_likelihood (undefined without tokens), tokens
class PerplexityOfFile final : public FileMeasure {
 public:
  struct Options {
    int64_t ignore_index = -100;

    template <class Fields>
    static void describe(Fields& f) {
      f("ignore_index", &Options::ignore_index, "target of the tokens that do not count");
    }
  };
  static std::string component_name() { return "perplexity"; }
  explicit PerplexityOfFile(Options options) : options_(checked<PerplexityOfFile>(std::move(options))) {}

  State figures(FileInputs& inputs) const override {
    const at::Tensor logits = inputs.numbers("logits", {"sentences", "tokens", "words"});
    const at::Tensor targets = inputs.labels("targets", {"sentences", "tokens"}, logits.size(2), options_.ignore_index);
    const TokenLikelihood found = token_likelihood(token_sums(logits, targets, options_.ignore_index));
    return figure_dict({{"perplexity", figure(found.perplexity)},
                        {"mean_negative_log_likelihood", figure(found.mean_negative_log_likelihood)},
                        {"tokens", found.tokens}});
  }

 private:
  Options options_;
};

}  // namespace

MILLRACE_REGISTER_AS(FileMeasure, PerplexityOfFile, perplexity);

}  // namespace millrace
