#pragma once

#include <string>
#include <vector>

#include "millrace/report/run_record.h"

namespace millrace {

/// One page (HTML) that shows a run, or several side by side: their figures, curves, settings that differ, pictures,
/// reports of tests and machines. It needs no other file and no network.
std::string report_page(const std::vector<RunRecord>& runs);

/// Whether a file's content is a page of report_page.
bool is_report_page(const std::string& content);

}  // namespace millrace
