#include "tests/support/small_training.h"

namespace millrace {

std::string small_training_config(const std::filesystem::path& data, const SmallTraining& settings) {
  const std::string workers = std::to_string(settings.workers), epochs = std::to_string(settings.epochs);
  return R"(default_scope = 'mmpretrain'
model = dict(
    type='ImageClassifier',
    data_preprocessor=dict(type='ClsDataPreprocessor', mean=[70.0], std=[80.0]),
    backbone=dict(type='LeNet', widths=[4, 8], hidden=16, dropout=0.3),
    head=dict(type='LinearClsHead', num_classes=10, in_channels=16, loss=dict(type='CrossEntropyLoss')))
data_root = ')" +
         data.string() + R"('
train_dataloader = dict(
    batch_size=16, num_workers=)" +
         workers + R"(, prefetch_factor=2,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='FashionMNIST', data_root=data_root, split='train', pipeline=[
        dict(type='RandomCrop', crop_size=28, padding=2),
        dict(type='RandomFlip', prob=0.5),
        dict(type='PackInputs')]))
val_dataloader = dict(
    batch_size=20, num_workers=)" +
         workers + R"(,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='FashionMNIST', data_root=data_root, split='test', pipeline=[dict(type='PackInputs')]))
test_dataloader = val_dataloader
val_evaluator = dict(type='Accuracy')
test_evaluator = val_evaluator
train_cfg = dict(by_epoch=True, max_epochs=)" +
         epochs + R"()
val_cfg = dict()
test_cfg = dict()
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=0.01, weight_decay=0.05), accumulative_counts=3, clip_grad=dict(max_norm=1.0))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=6),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=6, end=20, T_max=14)]
custom_hooks = )" +
         settings.custom_hooks + R"(
randomness = dict(seed=3)
default_hooks = dict(logger=dict(interval=3), checkpoint=)" +
         settings.checkpoint + R"()
)";
}

}  // namespace millrace
