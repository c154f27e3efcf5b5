"""Time of an epoch, and to the best validation epoch, of DeepExpression's sequence model.

By hand, not by pytest:

    python -m tests.benchmarks.bench_deepexpression_training DATASET.npz [--threads 2]

DATASET is a cell's deepexpression/data/CELL.npz. Its genes are split 8 : 1 : 1 into training
(9,645 of the 12,057 with real promoters), validation and test. Each row of the table is one way to
train on the same genes with the same seed and threads:

* `paper`: the paper's network, one-hot of 2 kb at full length in every dense block, in batches of
  64 as the port that took 135 s an epoch had them;
* `pooled`: that network with max pooling right after the first convolution, all else the same;
* `default`: the preset.

An epoch's time leaves out the first one, in which the step is compiled; time to the best epoch has
it in. Processor time is told beside the clock's, since the clock counts what else the machine does.
A training that reaches `--minutes` or `--epochs` is stopped after that epoch.
"""

import argparse
import resource
import tempfile
import time
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.deepexpression.config.presets import PRESETS
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.folds import Folds, assign, parts
from workflow_scripts.deepexpression.models.networks import promoter_network
from workflow_scripts.deepexpression.training import fitting

PAPER = PRESETS["paper"]
# at 0.001 the paper's network had learned nothing after an epoch
OF_64 = {**PAPER["training"], "batch_size": 64, "rates": [1e-4]}
WAYS = {
    "paper": (PAPER["network"], OF_64),
    "pooled": ({**PAPER["network"], "first_pool": 4}, OF_64),
    "default": (PRESETS["default"]["network"], PRESETS["default"]["training"]),
}


class TimeIsUp(Exception):
    """Ends a training at its limit."""


def processor() -> float:
    """Seconds of processor time that this program has had, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(
    way: str,
    data: ExpressionData,
    *,
    seed: int,
    epochs: int,
    seconds: float,
    rate: float,
    folder: Path,
) -> dict:
    """Train in one way; tell what an epoch took, when the best one was done, how good it is."""
    network, training = WAYS[way]
    training = {**training, "members": 1, "epochs": epochs or training["epochs"]}
    folds = Folds(data.genes, *assign("random10", chrom=data.chrom, family=data.family, seed=seed))
    train, valid, test = parts(folds, 0, seed)
    scale = fitting.Scale.of(data.expression[train], "regression", training["standardise"])
    rows, best = [], []
    started, used = time.monotonic(), processor()

    def timed(model: keras.Model, *more) -> dict:
        # an epoch ends where its validation begins
        spent = {"seconds": time.monotonic() - started, "processor": processor() - used}
        scores = validation(model, *more)
        if not rows or scores["watch"] > max(row["watch"] for row in rows):
            best[:] = [model, model.get_weights()]
        validated = time.monotonic() - started, processor() - used
        rows.append({**spent, **scores, "next": validated[0], "next_processor": validated[1]})
        print(f"{way}: epoch {len(rows)}, {validated[0]:.1f} s, processor {validated[1]:.1f} s,"
              f" validation PCC {scores['valid_score']:.4f}", flush=True)  # fmt: skip
        if validated[0] > seconds:
            raise TimeIsUp
        return scores

    validation, fitting._scores = fitting._scores, timed
    try:
        fitting.train_kept(
            way, partial(promoter_network, network, length=data.promoters.shape[1],
                         task="regression", seed=seed),
            kind=way, inputs=[data.promoters], targets=scale.divide(data.expression, "regression"),
            genes=(train, valid), rate=rate or training["rates"][0], seed=seed,
            training=fitting.Training(
                task="regression", settings=training, seed=seed, store=folder,
                fingerprint=f"benchmark {seed}", checkpoint_seconds=1e9,
                genes=len(train),
            ),
        )  # fmt: skip
    except TimeIsUp:
        pass
    finally:
        fitting._scores = validation
    table = pd.DataFrame(rows)
    kept = table.loc[table.watch.idxmax()]
    model, weights = best
    model.set_weights(weights)
    predicted = model.predict(data.promoters[test], batch_size=fitting.BATCH, verbose=0)[:, 0]
    return {
        "way": way,
        "genes": len(train),
        "batch": training["batch_size"],
        "rate": rate or training["rates"][0],
        "parameters": model.count_params(),
        "epochs": len(table),
        "epoch_s": (table.seconds - table.next.shift())[1:].median(),
        "epoch_processor_s": (table.processor - table.next_processor.shift())[1:].median(),
        "best_epoch": int(table.watch.idxmax()) + 1,
        "s_to_best": kept.next,
        "valid_pcc": kept.valid_score,
        "test_pcc": np.corrcoef(predicted, data.expression[test])[0, 1],
    }


def main() -> None:
    """Measure the ways asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=0, help="0: as many as the preset has")
    parser.add_argument("--rate", type=float, default=0, help="0: the first of the way's own")
    parser.add_argument("--minutes", type=float, default=15)
    args = parser.parse_args()
    device = prepare_device(gpu=0, threads=args.threads, seed=args.seed)
    data = ExpressionData.load(args.dataset)
    print(f"{len(data.genes)} genes, {args.threads} threads, {device}")
    rows = []
    for way in args.ways:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(
                measure(way, data, seed=args.seed, epochs=args.epochs,
                        seconds=60 * args.minutes, rate=args.rate,
                        folder=Path(folder))
            )  # fmt: skip
        keras.utils.clear_session()
    table = pd.DataFrame(rows).set_index("way")
    print(table.T.to_string(float_format="%.4f"))
    if {"paper", "default"} <= set(table.index):
        plain, ours = table.loc["paper"], table.loc["default"]
        print(f"an epoch is faster by {plain.epoch_s / ours.epoch_s:.1f},"
              f" test PCC {ours.test_pcc - plain.test_pcc:+.4f}")  # fmt: skip


if __name__ == "__main__":
    main()
