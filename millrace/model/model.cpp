#include "millrace/model/model.h"

#include "millrace/model/tta_model.h"
#include "millrace/vis/task_view.h"

namespace millrace {

Component<TaskView> Model::task_view() const { return {}; }
Component<BaseTTAModel> Model::tta_model() const { return {}; }

}  // namespace millrace
