#include "millrace/data/loader_options.h"

namespace millrace {

MILLRACE_REGISTER(CollateFn, pseudo_collate);
MILLRACE_REGISTER(CollateFn, default_collate);

}  // namespace millrace
