"""Outputs of published networks in PyTorch, with their authors' own classes.

Made once; the workflow's networks are compared with the result,
tests/unit/enhancement/models/published_networks.npz. From an environment with torch 2.13.0, with
checkouts of the three repositories in a folder, and the weights (shared/data/weights) in another:

    python tests/benchmarks/reference_published_networks.py CHECKOUTS WEIGHTS OUT.npz

CHECKOUTS has DeepHiC (omegahh/DeepHiC, a53135a), hicplus (wangjuan001/hicplus, 65d2639) and HiCSR
(PSI-Lab/HiCSR, b13ac41).
"""

import runpy
import sys
from pathlib import Path

import numpy as np
import torch

DEEPHIC = ("deephic_raw_16.pth", "deephic_kr_100.pth")
HICPLUS = ("hicplus_pytorch_HindIII_model_40000", "hicplus_model3400.model")
DAE = "hicsr_DAE.pth"


def example_counts():
    """Two symmetric maps of 40 bins, whose counts fall with the distance."""
    bins = np.arange(40)
    mean = 60 / (1 + np.abs(bins[:, None] - bins))
    counts = np.random.default_rng(0).poisson(mean, (2, 40, 40))
    return np.triu(counts) + np.triu(counts, 1).transpose(0, 2, 1)


def load(network, path):
    """A network with the weights of a file, for prediction."""
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network.eval()


def main(checkouts: Path, weights: Path, out: Path) -> None:
    torch.set_num_threads(1)
    deephic = runpy.run_path(str(checkouts / "DeepHiC/models/deephic.py"))
    hicplus = runpy.run_path(str(checkouts / "hicplus/hicplus/model.py"))
    hicsr = runpy.run_path(str(checkouts / "HiCSR/models/DAE_model.py"))
    counts = example_counts()
    clipped = torch.tensor(np.minimum(counts, 100)[:, None].astype("f4"))
    dae = load(hicsr["DAE"](), weights / DAE)
    encoder, signed = dae.conv_layers, 2 * clipped / 100 - 1
    with torch.no_grad():
        found = {
            name: load(deephic["Generator"](1, in_channel=1), weights / name)(clipped / 100)
            for name in DEEPHIC
        }
        for name in HICPLUS:
            found[name] = load(hicplus["Net"](40, 28), weights / name)(clipped)
        found[DAE] = dae(signed)
        # what HiCSR's loss compares: each convolution of the encoder, before its ReLU
        features = [encoder[at][0](encoder[:at](signed[:1])) for at in range(len(encoder))]
    arrays = {name: values.numpy()[:, 0] for name, values in found.items()}
    arrays["features"] = np.stack([one.numpy().mean((2, 3))[0] for one in features])
    np.savez_compressed(out, counts=counts.astype("u2"), **arrays)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
