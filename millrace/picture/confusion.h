#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// How often samples of each class were taken for each class.
struct Confusion {
  struct Scores {
    double precision, recall, f1;  // percent; 0 where the divisor is 0
    int64_t support;               // samples of the class
  };

  std::vector<std::string> classes;
  std::vector<int64_t> counts;  // K x K, a row for each true class

  int64_t size() const { return static_cast<int64_t>(classes.size()); }
  int64_t count(int64_t truth, int64_t said) const { return counts[static_cast<size_t>(truth * size() + said)]; }
  ///     precision = TP / (TP + FP),  recall = TP / (TP + FN),  f1 = 2 precision recall / (precision + recall)
  Scores scores(int64_t of) const;
  /// Means over all classes, and the sum of the supports.
  Scores mean() const;
};

/// Precision, recall, F1 and support of each class, as lines for a terminal, and their means; of more than 40 classes
/// the 20 with the lowest F1. Below it, of up to 12 classes, the counts; else the classes that were mixed up most
/// often.
std::string confusion_text(const Confusion& confusion);

inline constexpr int64_t kMostClassesDrawn = 200;

/// A picture of the counts (SVG, light, without script): a row for each true class, shaded by the share of its samples;
/// what is right in blue, what is wrong in orange. Of at most `kMostClassesDrawn` classes.
std::string confusion_svg(const Confusion& confusion, std::string_view title);

/// The drawing alone, as an SVG element for a page that has a style for the classes matrix, name, right, wrong, cell
/// and bright.
std::string confusion_plot(const Confusion& confusion);

/// {"classes": […], "counts": [[…], …]}, and back; throws Error, naming `path`, for a text that is none.
std::string confusion_json(const Confusion& confusion);
Confusion confusion_from_json(const std::string& text, const std::string& path);

}  // namespace millrace
