#include "millrace/runner/init_logged.h"

#include "millrace/base/class_name.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/nn/init_record.h"

namespace millrace {

void init_logged(Model& model, Logger& logger) {
  nn::InitRecord record(model.modules());
  model.init_weights();
  record.close(model.modules(), class_name_of(typeid(model)));
  if (record.has_notes()) logger.log_in_files(LogLevel::info, record.text());
}

}  // namespace millrace
