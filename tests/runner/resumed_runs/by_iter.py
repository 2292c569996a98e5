# Saved in the middle of an epoch, within a group of accumulated gradients and within the warm-up of the schedule.
_base_ = './common.py'
train_cfg = dict(by_epoch=True, max_epochs=2)
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=0.01, weight_decay=0.05), accumulative_counts=3, clip_grad=dict(max_norm=1.0))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=12),
    dict(type='CosineAnnealingLR', by_epoch=False, begin=12, end=20, T_max=8)]
default_hooks = dict(
    logger=dict(interval=3), checkpoint=dict(by_epoch=False, interval=7, save_best='accuracy/top1'))
