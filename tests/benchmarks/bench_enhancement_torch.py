"""The Akita-like layers in plain PyTorch, for bench_enhancement_sequence to be compared with.

PyTorch is no requirement of this workflow; from an environment that has it:

    python tests/benchmarks/bench_enhancement_torch.py

Forward and backward at 1 Mb, batch 1, one thread, by the same clock: the processor's seconds.
"""

import resource
import time

import torch
from torch import nn

LENGTH, BINS = 1_000_000, 200


def symmetrise(x):
    """Mean of maps (batch, channels, n, n) and their mirror images."""
    return (x + x.transpose(2, 3)) / 2


class Block(nn.Module):
    """ReLU, convolution, batch normalization, dropout, pooling."""

    def __init__(self, channels, filters, size, dilation=1, drop=0.0, pool=False, of_maps=False):
        super().__init__()
        conv, norm, dropout = (
            (nn.Conv2d, nn.BatchNorm2d, nn.Dropout2d)
            if of_maps
            else (nn.Conv1d, nn.BatchNorm1d, nn.Dropout)
        )
        self.conv = conv(channels, filters, size, dilation=dilation, padding="same", bias=False)
        self.norm = norm(filters, momentum=1 - 0.9265)
        self.rest = nn.Sequential(
            *[dropout(drop)] * bool(drop), *[nn.MaxPool1d(2)] * pool
        )  # fmt: skip

    def forward(self, x):
        """All of them."""
        return self.rest(self.norm(self.conv(torch.relu(x))))


class AkitaLike(nn.Module):
    """Trunk, head and tail."""

    def __init__(self):
        super().__init__()
        self.pooled = nn.Sequential(
            Block(4, 96, 11, pool=True), *[Block(96, 96, 5, pool=True) for _ in range(11)]
        )
        self.residual = nn.ModuleList(
            nn.Sequential(Block(96, 48, 3, d), Block(48, 96, 1, drop=0.4))
            for d in (1, 2, 3, 5, 9, 16, 29, 50)
        )
        self.last = Block(96, 64, 5)
        self.pairs = Block(65, 48, 3, of_maps=True)
        self.refined = nn.ModuleList(
            nn.Sequential(Block(48, 24, 3, d, of_maps=True), Block(24, 48, 1, 1, 0.1, False, True))
            for d in (1, 2, 3, 5, 9, 16)
        )
        self.contacts = nn.Conv2d(48, 1, 1)

    def forward(self, x):
        """(batch, 4, length) to the pixels trained on."""
        x = self.pooled(x)
        for block in self.residual:
            x = x + block(x)
        x = torch.relu(self.last(x))
        n = x.shape[-1]
        place = torch.arange(n)
        far = (place[:, None] - place).abs().float().expand(len(x), 1, n, n)
        pairs = (x[:, :, :, None] + x[:, :, None, :]) / 2
        x = symmetrise(self.pairs(torch.cat([pairs, far], 1)))
        for block in self.refined:
            x = x + symmetrise(block(x))
        x = nn.functional.interpolate(self.contacts(x), size=(BINS, BINS), mode="bilinear")
        row, column = torch.triu_indices(BINS - 20, BINS - 20, 2) + 10
        return x[:, 0, row, column]


def main():
    """Measure and print."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network = AkitaLike()
    print(f"PyTorch {torch.__version__}, {sum(p.numel() for p in network.parameters())} parameters")
    codes = torch.randint(0, 4, (1, LENGTH))
    x = nn.functional.one_hot(codes, 4).float().permute(0, 2, 1).contiguous()
    target = torch.randn(1, 15_931)
    for _ in range(3):
        started = time.process_time()
        network.zero_grad()
        ((network(x) - target) ** 2).mean().backward()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"step: {time.process_time() - started:.2f} CPU-s, most memory {memory:.2f} GiB")


if __name__ == "__main__":
    main()
