# Finds the spots of made-up images.
default_scope = 'spots'
model = dict(type='SpotNet', width=16)
train_dataloader = dict(
    batch_size=16, num_workers=1,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='SpotDataset', images=320, pipeline=[dict(type='RandomFlip', prob=0.5), dict(type='PackSpots')]))
val_dataloader = dict(
    batch_size=16,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='SpotDataset', images=40, first=1000, pipeline=[dict(type='PackSpots')]))
test_dataloader = val_dataloader
val_evaluator = dict(type='SpotMetric')
test_evaluator = val_evaluator
train_cfg = dict(by_epoch=True, max_epochs=12, val_interval=6)
val_cfg = dict()
test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=0.01))
param_scheduler = dict(type='CosineAnnealingLR', T_max=12, by_epoch=True)
default_hooks = dict(checkpoint=dict(interval=12, save_best='spots/recall', rule='greater'))
randomness = dict(seed=0)
