#include "millrace/nn/resnet.h"
#include "millrace/vis/visualizer.h"

/// Parts of the engine under the names that mmpretrain's configs give them. The networks are shared by all tasks, but
/// not their defaults: each task registers those that are its own.
namespace millrace::classification {

MILLRACE_REGISTER(Backbone, ResNet);
MILLRACE_REGISTER(Backbone, ResNet_CIFAR);
MILLRACE_REGISTER(Backbone, ResNetV1c);
MILLRACE_REGISTER(Backbone, ResNetV1d);
MILLRACE_REGISTER(Backbone, ResNeXt);
MILLRACE_REGISTER_AS(Visualizer, Visualizer, UniversalVisualizer);

}  // namespace millrace::classification
