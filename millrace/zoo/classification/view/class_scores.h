#pragma once

#include <cstdint>
#include <string>

#include "millrace/picture/count_matrix.h"
#include "millrace/picture/report_section.h"

namespace millrace::classification {

/// The scores of a class, from a confusion matrix whose rows are the true classes.
///
///     precision = TP / (TP + FP),  recall = TP / (TP + FN),  f1 = 2 precision recall / (precision + recall)
struct ClassScores {
  double precision, recall, f1;  // percent; 0 if the divisor is 0
  int64_t support;               // samples of the class
};

ClassScores scores_of_class(const CountMatrix& confusion, int64_t label);
/// Means over all classes, and the sum of the supports.
ClassScores mean_scores(const CountMatrix& confusion);

/// The scores of each class and their means as lines for a terminal; with more than 40 classes only the 20 with the
/// lowest F1. Below them, for up to 12 classes, the counts; else the classes that were mixed up most often.
std::string class_report(const CountMatrix& confusion);
/// The scores of all classes for a page.
ReportTable score_table(const CountMatrix& confusion);
/// {"classes": […], "counts": [[…], …]}
std::string counts_json(const CountMatrix& confusion);

}  // namespace millrace::classification
