"""PyTorch's half of a training step: python3 training_step.py NETWORK-AS-JSON

The network is effnet's architecture as a value, built from torch's own layers, channels-last; loss, backward, SGD with
momentum. A line on stdin asks for one step; the answer is the loss. The first line says torch's version.
"""

import json
import sys

import torch
from torch import nn


class Same(nn.Conv2d):
    """A convolution with TensorFlow's padding where the network asks for it."""

    def __init__(self, entering, out, kernel, stride=1, groups=1, symmetric=True, bias=False):
        super().__init__(entering, out, kernel, stride, kernel // 2 if symmetric else 0, groups=groups, bias=bias)
        self.symmetric = symmetric

    def forward(self, x):
        if not self.symmetric:
            sides = []
            for size in (x.shape[3], x.shape[2]):
                k, s = self.kernel_size[0], self.stride[0]
                missing = max((-(-size // s) - 1) * s + k - size, 0)
                sides += [missing // 2, missing - missing // 2]
            x = nn.functional.pad(x, sides)
        return super().forward(x)


def normed(network, entering, out, kernel, stride=1, groups=1, active=True):
    norm = network["norm"]
    layers = [
        Same(entering, out, kernel, stride, groups, network["padding"] == "symmetric"),
        nn.BatchNorm2d(out, norm["epsilon"], norm["momentum"]),
    ]
    if active:
        layers.append({"silu": nn.SiLU, "relu": nn.ReLU, "relu6": nn.ReLU6}[network["activation"]](inplace=True))
    return nn.Sequential(*layers)


class Squeeze(nn.Module):
    def __init__(self, channels, width):
        super().__init__()
        self.reduce = nn.Conv2d(channels, width, 1)
        self.expand = nn.Conv2d(width, channels, 1)

    def forward(self, x):
        gate = self.expand(nn.functional.silu(self.reduce(x.mean((2, 3), keepdim=True))))
        return x * gate.sigmoid()


class Block(nn.Module):
    def __init__(self, network, block, entering):
        super().__init__()
        kind, kernel, stride, out = block["kind"], block["kernel"], block["stride"], block["out"]
        squeeze = block.get("squeeze")
        width = block.get("expanded", entering)
        parts = {
            "cn": lambda: [normed(network, entering, out, kernel, stride)],
            "er": lambda: [normed(network, entering, width, kernel, stride), normed(network, width, out, 1, active=False)],
            "ds": lambda: [normed(network, entering, entering, kernel, stride, entering)],
            "ir": lambda: [normed(network, entering, width, 1), normed(network, width, width, kernel, stride, width)],
        }[kind]()
        if kind in ("ds", "ir"):
            parts += [Squeeze(width, squeeze)] if squeeze else []
            parts.append(normed(network, width, out, 1, active=False))
        self.body = nn.Sequential(*parts)
        self.skip = block["hasSkip"]

    def forward(self, x):
        return self.body(x) + x if self.skip else self.body(x)


def build(network):
    stem = network["stem"]
    layers = [normed(network, network["inChannels"], stem["width"], stem["kernel"], stem["stride"])]
    width = stem["width"]
    for stage in network["stages"]:
        for block in stage:
            layers.append(Block(network, block, width))
            width = block["out"]
    head = network["head"]["width"]
    layers += [normed(network, width, head, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(head, network["classes"])]
    return nn.Sequential(*layers)


row = json.loads(sys.argv[1])
torch.manual_seed(0)
torch.set_num_threads(row["threads"])
network = build(row["architecture"]).to(memory_format=torch.channels_last).train()
expected = sum(parameter.numel() for parameter in network.parameters())
assert expected == row["parameters"], f"{expected} parameters, effnet counts {row['parameters']}"
optimizer = torch.optim.SGD(network.parameters(), lr=1e-4, momentum=0.9, weight_decay=1e-5)
shape = (row["batch"], row["architecture"]["inChannels"], row["side"], row["side"])
x = (2 * torch.sin(12.9898 * torch.arange(torch.Size(shape).numel()))).reshape(shape).contiguous(memory_format=torch.channels_last)
labels = torch.arange(row["batch"]) * 37 % row["architecture"]["classes"]
print(json.dumps({"version": torch.__version__}), flush=True)
for _ in sys.stdin:
    optimizer.zero_grad(set_to_none=True)
    loss = nn.functional.cross_entropy(network(x), labels)
    loss.backward()
    optimizer.step()
    print(loss.item(), flush=True)
