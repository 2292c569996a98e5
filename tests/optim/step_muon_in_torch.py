"""One step of torch.optim.Muon from a checkpoint of Millrace.

    python3 step_muon_in_torch.py CHECKPOINT RESULT

CHECKPOINT: {weight, grad, optimizer}, of one matrix. RESULT: {weight, optimizer}.
"""
import sys

import torch

saved = torch.load(sys.argv[1])
if not hasattr(torch.optim, "Muon"):
    sys.exit("no Muon: this PyTorch is older than 2.9")
weight = saved["weight"].clone().requires_grad_()
optimizer = torch.optim.Muon([weight])
optimizer.load_state_dict({key: saved["optimizer"][key] for key in ("state", "param_groups")})
weight.grad = saved["grad"]
optimizer.step()
torch.save({"weight": weight.detach(), "optimizer": optimizer.state_dict()}, sys.argv[2])
