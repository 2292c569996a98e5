# What both runs train: a network with dropout on the images of tests/support/small_images.h
# (160 and 40), without a random transform, so that the bits of a run depend on no transform's draws.
default_scope = 'mmpretrain'
data_root = 'data'
model = dict(
    type='ImageClassifier',
    data_preprocessor=dict(type='ClsDataPreprocessor', mean=[70.0], std=[80.0]),
    backbone=dict(type='LeNet', widths=[4, 8], hidden=16, dropout=0.3),
    head=dict(type='LinearClsHead', num_classes=10, in_channels=16, loss=dict(type='CrossEntropyLoss')))
train_dataloader = dict(
    batch_size=16, num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='FashionMNIST', data_root=data_root, split='train', pipeline=[dict(type='PackInputs')]))
val_dataloader = dict(
    batch_size=20, num_workers=2,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='FashionMNIST', data_root=data_root, split='test', pipeline=[dict(type='PackInputs')]))
val_evaluator = dict(type='Accuracy')
val_cfg = dict()
randomness = dict(seed=3)
