// The names that MMEngine 0.10, MMCV 2 and torch.optim have in the root scope, of whatever kind. A config that says
// ASGD means ASGD: where this build has no such class, it is not taken for a slip of SGD.
#include "millrace/registry/registry.h"

namespace millrace {

namespace {

[[maybe_unused]] const bool root_names_are_known = [] {
  ComponentTable::instance().add_names_elsewhere("", R"(
ASGD Adadelta Adafactor Adagrad Adam AdamW Adamax AimVisBackend AmpOptimWrapper ApexOptimWrapper ApexSyncBN BN BN1d
BN2d BN3d BaseDataPreprocessor BaseDataset BaseTTAModel BaseTransformerLayer BatchNorm1d BatchNorm2d BatchNorm3d CELU
Caffe2Xavier CenterCrop CheckpointHook ClassBalancedDataset ClearMLVisBackend Clip ColossalAIModelWrapper
ColossalAIOptimWrapper ColossalAIStrategy Compose ConcatDataset Constant ConstantLR ConstantMomentum
ConstantParamScheduler ContextBlock Conv Conv1d Conv2d Conv2dAdaptivePadding Conv3d ConvAWS ConvModule ConvTranspose2d
ConvTranspose3d ConvWS CosineAnnealingLR CosineAnnealingMomentum CosineAnnealingParamScheduler CosineRestartLR
CosineRestartMomentum CosineRestartParamScheduler CrissCrossAttention DAdaptAdaGrad DAdaptAdam DAdaptSGD DCN DCNv2
DDPStrategy DVCLiveVisBackend DataParallel DeepSpeedOptimWrapper DeepSpeedStrategy DefaultOptimWrapperConstructor
DefaultSampler DistSamplerSeedHook DistributedDataParallel DropPath Dropout DumpResults ELU EMAHook EarlyStoppingHook
EmptyCacheHook EpochBasedTrainLoop Evaluator ExponentialLR ExponentialMomentum ExponentialMovingAverage
ExponentialParamScheduler FFN FSDPStrategy FlexibleRunner GELU GN GeneralizedAttention GroupNorm HSigmoid HSwish
HardSwish Hardswish IN IN1d IN2d IN3d Identity ImageToTensor ImgDataPreprocessor InfiniteSampler InsNorm
InstanceNorm2d IterBasedTrainLoop IterTimerHook Kaiming KeyMapper L1Loss LBFGS LN LayerNorm LeakyReLU Linear LinearLR
LinearMomentum LinearParamScheduler Lion LoadAnnotations LoadImageFromFile LocalVisBackend LogProcessor LoggerHook
MLflowVisBackend MMDeepSpeedEngineWrapper MMDistributedDataParallel MMFullyShardedDataParallel
MMSeparateDistributedDataParallel MMSyncBN MSELoss Mish MomentumAnnealingEMA MultiScaleDeformableAttention
MultiScaleFlipAug MultiStepLR MultiStepMomentum MultiStepParamScheduler MultiheadAttention Muon NAdam NPUProfilerHook
NaiveVisualizationHook NeptuneVisBackend NonLocal2d Normal Normalize OneCycleLR OneCycleParamScheduler OptimWrapper
PReLU Pad ParamSchedulerHook PolyLR PolyMomentum PolyParamScheduler PrepareTTAHook Pretrained ProfilerHook RAdam
RFSearchHook RMSprop RReLU RandomApply RandomChoice RandomChoiceResize RandomFlip RandomGrayscale RandomResize ReLU
ReLU6 ReduceOnPlateauLR ReduceOnPlateauMomentum ReduceOnPlateauParamScheduler RepeatDataset Resize Rprop
RuntimeInfoHook SAC SELU SGD SiLU Sigmoid SingleDeviceStrategy Sophia SophiaG SparseAdam SparseConv2d SparseConv3d
SparseConv4d SparseConvTranspose2d SparseConvTranspose3d SparseInverseConv2d SparseInverseConv3d StepLR StepMomentum
StepParamScheduler StochasticWeightAverage SubMConv2d SubMConv3d SubMConv4d Swish SyncBN SyncBatchNorm SyncBuffersHook
Tanh TensorboardVisBackend TestLoop TestTimeAug ToTensor TorchAdafactor TransformBroadcaster TransformerLayerSequence
TruncNormal Uniform ValLoop Visualizer WandbVisBackend Xavier ZeroRedundancyOptimizer)");
  return true;
}();

}  // namespace

}  // namespace millrace
