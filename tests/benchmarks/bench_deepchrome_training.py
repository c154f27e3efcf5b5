"""Benchmark of the time to the best validation epoch with the presets `default` and `paper`.

It is not run by pytest, but by hand:

    python -m tests.benchmarks.bench_deepchrome_training DATASET.npz [--threads 2]

DATASET is a cell's deepchrome/data/CELL.npz. Its training genes are reduced to `--genes` (6,601, as
in the paper); validation and test genes are kept. Both presets use the same genes, seed and
threads. Time is measured from the start of training, including compilation but not loading, to the
end of the best epoch's validation. A preset that exceeds `--minutes` is stopped after that epoch.
"""

import argparse
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.deepchrome.config.presets import training_settings
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.training import train_deepchrome


class TimeIsUp(Exception):
    """Raised when training exceeds its time limit."""


def measure(data: Marks, preset: str, *, seed: int, device: str, seconds: float) -> dict:
    """Train with one preset; return time and AUC of its best epoch."""
    rows, networks = [], []
    started = time.monotonic()

    def timed(network: keras.Model, values: np.ndarray, labels: np.ndarray) -> dict:
        scores = validation(network, values, labels)
        spent = time.monotonic() - started
        if not rows or scores["valid_auc"] > max(row["valid_auc"] for row in rows):
            networks[:] = [network, network.get_weights()]
        rows.append({"epoch": len(rows) + 1, "seconds": spent, **scores})
        print(f"{preset}: epoch {len(rows)}, {spent:.1f} s, {scores['valid_auc']:.4f}", flush=True)
        if spent > seconds:
            raise TimeIsUp
        return scores

    validation, train_deepchrome.validation_auc = train_deepchrome.validation_auc, timed
    settings = training_settings(preset, {})
    try:
        with tempfile.TemporaryDirectory() as folder:
            train_deepchrome.train_network(
                data, data.label, network_settings={}, training=settings, seed=seed, device=device,
                checkpoints=Path(folder, "c"), checkpoint_seconds=1e9,
            )  # fmt: skip
    except TimeIsUp:
        pass
    finally:
        train_deepchrome.validation_auc = validation
    table = pd.DataFrame(rows)
    best = table.loc[table.valid_auc.idxmax()]
    network, weights = networks
    network.set_weights(weights)
    test = data.split == "test"
    scores = network.predict(data.values[test], batch_size=2048, verbose=0)[:, 1]
    return {
        "preset": preset,
        "batch": settings["batch_size"],
        "epochs": len(table),
        "epoch_s": np.diff(table.seconds, prepend=0)[1:].mean(),
        "best_epoch": int(best.epoch),
        "s_to_best": best.seconds,
        "valid_auc": best.valid_auc,
        "test_auc": roc_auc_score(data.label[test], scores),
    }


def main() -> None:
    """Measure both presets and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset")
    parser.add_argument("--genes", type=int, default=6601)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=8)
    args = parser.parse_args()
    device = prepare_device(gpu=0, threads=args.threads, seed=args.seed)
    data = Marks.load(args.dataset)
    train = np.flatnonzero(data.split == "train")
    sampled = np.random.default_rng(args.seed).permutation(train)[: args.genes]
    data.split[np.setdiff1d(train, sampled)] = "unused"
    print(f"{len(sampled)} training genes, {args.threads} threads, {device}")
    rows = [
        measure(data, preset, seed=args.seed, device=device, seconds=60 * args.minutes)
        for preset in ("default", "paper")
    ]
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format="%.4f"))
    fast, paper = rows
    print(f"faster by {paper['s_to_best'] / fast['s_to_best']:.1f},"
          f" validation AUC {fast['valid_auc'] - paper['valid_auc']:+.4f},"
          f" test AUC {fast['test_auc'] - paper['test_auc']:+.4f}")  # fmt: skip


if __name__ == "__main__":
    main()
