# What examples/cifar10.cpp builds, as a config:  cifar10 train examples/cifar10.py
data_root = 'data/cifar10'
augment = [
    dict(type='mmpretrain.RandomCrop', crop_size=32, padding=4),
    dict(type='RandomFlip', prob=0.5),
    dict(type='mmpretrain.PackInputs')]

work_dir = 'work_dirs/cifar10'
model = dict(type='SmallNet')
train_dataloader = dict(
    batch_size=128, num_workers=2,
    dataset=dict(type='mmpretrain.CIFAR10', data_root=data_root, split='train', pipeline=augment))
val_dataloader = dict(
    batch_size=500,
    dataset=dict(
        type='mmpretrain.CIFAR10', data_root=data_root, split='test', pipeline=[dict(type='mmpretrain.PackInputs')]))
test_dataloader = val_dataloader
val_evaluator = [dict(type='HitRate'), dict(type='LikelihoodLoss')]
test_evaluator = val_evaluator
train_cfg = dict(by_epoch=True, max_epochs=10)
val_cfg = dict()
test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.05, momentum=0.9, weight_decay=0.0005, nesterov=True))
param_scheduler = dict(type='CosineAnnealingLR', T_max=10)
randomness = dict(seed=0)
