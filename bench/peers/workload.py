"""What every Python contestant of `make bench-peers` trains: the networks of bench/steps/networks.h under the same
parameter names, the same tensors, and the proof that they compute the same."""

import contextlib
import math
import os

import torch
from torch import nn
from torch.nn import functional as F

RATE, MOMENTUM = 0.01, 0.9


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 128)
        self.out = nn.Linear(128, 10)

    def forward(self, x):
        return self.out(F.relu(self.hidden(x.flatten(1))))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


class Block(nn.Module):
    def __init__(self, width_in, width):
        super().__init__()
        stride = 1 if width_in == width else 2
        self.conv1 = nn.Conv2d(width_in, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(width_in, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        y += x if self.downsample is None else self.downsample(x)
        return F.relu(y, inplace=True)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(Block(16, 16), Block(16, 16), Block(16, 16))
        self.layer2 = nn.Sequential(Block(16, 32), Block(32, 32), Block(32, 32))
        self.layer3 = nn.Sequential(Block(32, 64), Block(64, 64), Block(64, 64))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


NETWORKS = {"MLP": (MLP, (784,)), "LeNet": (LeNet, (1, 28, 28)), "ResNet-20": (ResNet20, (3, 32, 32))}


class Trained(nn.Module):
    """A network with its loss. Both settings are what a user writes himself: neither rival has a key for them on a CPU."""

    def __init__(self, net, channels_last=False, bf16=False):
        super().__init__()
        self.net = net.to(memory_format=torch.channels_last) if channels_last else net
        self.bf16 = bf16

    def forward(self, inputs, labels):
        with torch.autocast("cpu", torch.bfloat16) if self.bf16 else contextlib.nullcontext():
            return F.cross_entropy(self.net(inputs), labels)


def data(folder, shape):
    """The tensors of inputs.bin and labels.bin, mapped."""
    rows = os.path.getsize(os.path.join(folder, "labels.bin")) // 8
    inputs = torch.from_file(os.path.join(folder, "inputs.bin"), size=rows * math.prod(shape), dtype=torch.float32)
    labels = torch.from_file(os.path.join(folder, "labels.bin"), size=rows, dtype=torch.int64)
    return inputs.view(rows, *shape), labels


class BatchedDataset(torch.utils.data.Dataset):
    """Rows of tensors, a whole batch in one copy: the fastest that torch's loader offers for data in memory."""

    def __init__(self, *tensors):
        self.tensors = tensors

    def __len__(self):
        return len(self.tensors[0])

    def __getitems__(self, indices):
        rows = torch.tensor(indices)
        return tuple(tensor.index_select(0, rows) for tensor in self.tensors)


def as_it_is(batch):
    return batch


def formula_weights(like, index):
    """The weights of formula_weights() in bench/peers/peer.cpp."""
    k = torch.arange(like.numel(), dtype=torch.float64)
    w = torch.sin(k * k * 0.37 + index)
    w = w / math.sqrt(like.numel() // like.size(0)) if like.dim() > 1 else 1 + 0.1 * w
    return w.view(like.shape).to(like.dtype)


def introduction(net, inputs, labels):
    """The network's parameters, and loss and gradient of its first batch under the formula's weights."""
    params = list(net.parameters())
    kept = [param.detach().clone() for param in params]
    with torch.no_grad():
        for index, param in enumerate(params):
            param.copy_(formula_weights(param, index))
    loss = F.cross_entropy(net(inputs), labels)
    loss.backward()
    norm = math.sqrt(sum(param.grad.double().square().sum().item() for param in params))
    with torch.no_grad():
        for param, old in zip(params, kept):
            param.grad = None
            param.copy_(old)
    return {
        "loss": loss.item(),
        "gradient_norm": norm,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__.split("+")[0],
        "parameters": [[name, list(param.shape)] for name, param in net.named_parameters()],
    }
