#include "millrace/model/model.h"

#include "millrace/vis/task_view.h"

namespace millrace {

Component<TaskView> Model::task_view() const { return {}; }

}  // namespace millrace
