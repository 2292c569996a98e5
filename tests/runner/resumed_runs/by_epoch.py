# Saved between two epochs, with a validation due; the last checkpoints rotate.
_base_ = './common.py'
train_cfg = dict(by_epoch=True, max_epochs=4)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.0005))
param_scheduler = [
    dict(type='MultiStepLR', by_epoch=True, milestones=[1, 3], gamma=0.5),
    dict(type='CosineAnnealingMomentum', by_epoch=True, T_max=4, eta_min=0.6)]
default_hooks = dict(logger=dict(interval=3), checkpoint=dict(interval=1, save_best='accuracy/top1'))
