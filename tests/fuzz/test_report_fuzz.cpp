#include "millrace/picture/report_section.h"

#include <stdexcept>

#include "millrace/base/error.h"
#include "millrace/report/report_page.h"
#include "tests/fuzz/readers.h"

namespace millrace::fuzz {
namespace {

/// Throws std::logic_error unless what is written of the sections is read and written as the same.
void expect_same_sections(const std::vector<ReportSection>& sections) {
  const std::string text = sections_json(sections);
  std::string again;
  try {
    again = sections_json(sections_from_json(text, "again.json"));
  } catch (const Error& error) {
    throw std::logic_error("sections can't be read again: " + text);
  }
  if (again != text) throw std::logic_error("sections read to others: " + text);
}

}  // namespace

bool test_report(std::string_view bytes) {
  try {
    RunRecord run;
    run.name = "run";
    run.sections = sections_from_json(std::string(bytes), "test_report.json");
    expect_same_sections(run.sections);
    (void)report_page({run, run});
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace millrace::fuzz
