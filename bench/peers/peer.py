"""A Python contestant of `make bench-peers`: bench/peers/driver.py starts it and gives out the turns.

    peer.py WHO NETWORK BATCH THREADS DATA WORK_DIR [channels_last] [bf16] [stock]

WHO is mmengine, lightning or hand (the loop written by hand). DATA is a folder with inputs.bin and labels.bin. The first
line of output is an object of JSON, then each line of input, "engine N", is answered with the seconds that N steps took.
With `stock` the data come from torch's TensorDataset by its default collation and the optimizer keeps its defaults: what
a first program has.
"""

import json
import os
import sys
import time

import torch
from torch.utils.data import DataLoader, TensorDataset

import workload


class Turns:
    """Called between two iterations, it gives control to the driver whenever a block of them is over."""

    def __init__(self, answers):
        self.answers, self.left, self.begin = answers, 0, None

    def __call__(self):
        if self.left > 0:
            self.left -= 1
            return
        if self.begin is not None:
            self.say(f"{time.perf_counter() - self.begin:.9f}")
        request = sys.stdin.readline().split()
        if not request:
            os._exit(0)  # no more turns: the run has no other end
        self.left = int(request[1]) - 1
        self.begin = time.perf_counter()

    def say(self, line):
        print(line, file=self.answers, flush=True)


def loader_parts(inputs, labels, stock):
    """(dataset, collate_fn)"""
    if stock:
        return TensorDataset(inputs, labels), torch.utils.data.default_collate
    return workload.BatchedDataset(inputs, labels), workload.as_it_is


def train_with_mmengine(trained, inputs, labels, batch, work_dir, stock, turns):
    from mmengine.hooks import Hook
    from mmengine.model import BaseModel
    from mmengine.runner import Runner

    class Model(BaseModel):
        def __init__(self):
            super().__init__()
            self.trained = trained

        def forward(self, inputs, labels, mode):
            return {"loss": self.trained(inputs, labels)}

    class TurnHook(Hook):
        priority = "HIGHEST"

        def before_train_iter(self, runner, batch_idx, data_batch=None):
            turns()

    dataset, collate = loader_parts(inputs, labels, stock)
    optimizer = dict(type="SGD", lr=workload.RATE, momentum=workload.MOMENTUM)
    if not stock:
        optimizer["fused"] = True
    Runner(
        model=Model(),
        work_dir=work_dir,
        train_dataloader=dict(batch_size=batch, dataset=dataset, sampler=dict(type="DefaultSampler", shuffle=True),
                              collate_fn=collate, num_workers=0),
        train_cfg=dict(by_epoch=True, max_epochs=1_000_000),
        optim_wrapper=dict(optimizer=optimizer),
        custom_hooks=[TurnHook()],
        experiment_name=f"peer_{os.getpid()}",
    ).train()


def train_with_lightning(trained, inputs, labels, batch, work_dir, stock, turns):
    import lightning
    from lightning.pytorch.loggers import CSVLogger

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.trained = trained

        def training_step(self, batch, batch_idx):
            loss = self.trained(*batch)
            self.log("loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=workload.RATE, momentum=workload.MOMENTUM, fused=True)

    class TurnCallback(lightning.Callback):
        def on_train_batch_start(self, trainer, module, batch, batch_idx):
            turns()

    dataset, collate = loader_parts(inputs, labels, stock)
    trainer = lightning.Trainer(accelerator="cpu", devices=1, max_epochs=-1, default_root_dir=work_dir,
                                logger=CSVLogger(work_dir), enable_progress_bar=False, callbacks=[TurnCallback()])
    trainer.fit(Module(), DataLoader(dataset, batch_size=batch, shuffle=True, collate_fn=collate))


def train_by_hand(trained, inputs, labels, batch, work_dir, stock, turns):
    optimizer = torch.optim.SGD(trained.parameters(), lr=workload.RATE, momentum=workload.MOMENTUM, fused=True)
    while True:
        order = torch.randperm(len(inputs))
        for begin in range(0, len(inputs) - batch + 1, batch):
            turns()
            rows = order[begin:begin + batch]
            loss = trained(inputs.index_select(0, rows), labels.index_select(0, rows))
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()


def main(who, network, batch, threads, data, work_dir, *flags):
    # What the contestants print is not for the driver: it goes nowhere, as Millrace's lines do.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    make, shape = workload.NETWORKS[network]
    inputs, labels = workload.data(data, shape)
    net, batch = make(), int(batch)
    turns = Turns(answers)
    turns.say(json.dumps(dict(workload.introduction(net, inputs[:batch], labels[:batch]), role="engine")))
    trained = workload.Trained(net, "channels_last" in flags, "bf16" in flags)
    train = {"mmengine": train_with_mmengine, "lightning": train_with_lightning, "hand": train_by_hand}[who]
    train(trained, inputs, labels, batch, work_dir, "stock" in flags, turns)


if __name__ == "__main__":
    main(*sys.argv[1:])
