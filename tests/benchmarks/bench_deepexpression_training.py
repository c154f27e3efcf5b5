"""Time per epoch, and to the best validation epoch, of DeepExpression's sequence model.

Run by hand:

    python -m tests.benchmarks.bench_deepexpression_training DATASET.npz [--threads 2]

DATASET is a cell's deepexpression/data/CELL.npz. Its genes are split 8 : 1 : 1 into training
(9,645 of the 12,057 with real promoters), validation and test. Each row of the table is one setup,
with the same genes, seed and threads:

* `paper`: the paper's network with batch size 64;
* `pooled`: that network with max pooling after the first convolution;
* `default`: the preset.

The time per epoch excludes the first epoch, in which the step is compiled; the time to the best
epoch includes it. CPU time is reported beside wall time, which depends on other processes.
Training stops after `--minutes` or `--epochs`.
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
from workflow_scripts.deepexpression.data.folds import Folds, assign_groups, split_genes
from workflow_scripts.deepexpression.models.fold_models import TargetScale
from workflow_scripts.deepexpression.models.networks import BATCH, promoter_network
from workflow_scripts.deepexpression.training import fitting

PAPER = PRESETS["paper"]
# at a learning rate of 0.001 the paper's network did not learn in the first epoch
BATCHES_OF_64 = {**PAPER["training"], "batch_size": 64, "learning_rates": [1e-4]}
SETUPS = {
    "paper": (PAPER["network"], BATCHES_OF_64),
    "pooled": ({**PAPER["network"], "first_pool_size": 4}, BATCHES_OF_64),
    "default": (PRESETS["default"]["network"], PRESETS["default"]["training"]),
}


class TimeLimitError(Exception):
    """Stops a training at its time limit."""


def cpu_seconds() -> float:
    """CPU seconds of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(
    setup: str,
    data: ExpressionData,
    *,
    seed: int,
    epochs: int,
    seconds: float,
    learning_rate: float,
    folder: Path,
) -> dict:
    """Train one setup; return time per epoch, time to the best epoch, and its scores."""
    network, training = SETUPS[setup]
    training = {**training, "ensemble_size": 1, "epochs": epochs or training["epochs"]}
    folds = Folds(
        data.genes, *assign_groups("random10", chrom=data.chrom, family=data.family, seed=seed)
    )
    train, valid, test = split_genes(folds, 0, seed)
    scale = TargetScale.of(data.expression[train], "regression", training["standardize_targets"])
    rows, best = [], []
    started, used = time.monotonic(), cpu_seconds()

    def timed(model: keras.Model, *more) -> dict:
        # the time of validation does not count
        spent = {"seconds": time.monotonic() - started, "cpu": cpu_seconds() - used}
        scores = validation(model, *more)
        if not rows or scores["monitored"] > max(row["monitored"] for row in rows):
            best[:] = [model, model.get_weights()]
        validated = time.monotonic() - started, cpu_seconds() - used
        rows.append({**spent, **scores, "next": validated[0], "next_cpu": validated[1]})
        print(f"{setup}: epoch {len(rows)}, {validated[0]:.1f} s, CPU {validated[1]:.1f} s,"
              f" validation PCC {scores['valid_score']:.4f}", flush=True)  # fmt: skip
        if validated[0] > seconds:
            raise TimeLimitError
        return scores

    validation, fitting.validation_scores = fitting.validation_scores, timed
    try:
        fitting.train_network(
            setup,
            partial(promoter_network, network, length=data.promoters.shape[1],
                    task="regression", seed=seed),
            kind=setup, inputs=[data.promoters], targets=scale.apply(data.expression, "regression"),
            genes=(train, valid), seed=seed,
            learning_rate=learning_rate or training["learning_rates"][0],
            job=fitting.TrainingJob(
                task="regression", settings=training, seed=seed, store=folder,
                fingerprint=f"benchmark {seed}", checkpoint_seconds=1e9,
                genes=len(train),
            ),
        )  # fmt: skip
    except TimeLimitError:
        pass
    finally:
        fitting.validation_scores = validation
    table = pd.DataFrame(rows)
    kept = table.loc[table.monitored.idxmax()]
    model, weights = best
    model.set_weights(weights)
    predicted = model.predict(data.promoters[test], batch_size=BATCH, verbose=0)[:, 0]
    return {
        "setup": setup,
        "genes": len(train),
        "batch": training["batch_size"],
        "learning_rate": learning_rate or training["learning_rates"][0],
        "parameters": model.count_params(),
        "epochs": len(table),
        "epoch_s": (table.seconds - table.next.shift())[1:].median(),
        "epoch_cpu_s": (table.cpu - table.next_cpu.shift())[1:].median(),
        "best_epoch": int(table.monitored.idxmax()) + 1,
        "s_to_best": kept.next,
        "valid_pcc": kept.valid_score,
        "test_pcc": np.corrcoef(predicted, data.expression[test])[0, 1],
    }


def main() -> None:
    """Measure the setups and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset")
    parser.add_argument("--setups", nargs="+", choices=SETUPS, default=list(SETUPS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=0, help="0: those of the preset")
    parser.add_argument("--learning-rate", type=float, default=0, help="0: the first of the setup")
    parser.add_argument("--minutes", type=float, default=15)
    args = parser.parse_args()
    device = prepare_device(gpu=0, threads=args.threads, seed=args.seed)
    data = ExpressionData.load(args.dataset)
    print(f"{len(data.genes)} genes, {args.threads} threads, {device}")
    rows = []
    for setup in args.setups:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(
                measure(setup, data, seed=args.seed, epochs=args.epochs,
                        seconds=60 * args.minutes, learning_rate=args.learning_rate,
                        folder=Path(folder))
            )  # fmt: skip
        keras.utils.clear_session()
    table = pd.DataFrame(rows).set_index("setup")
    print(table.T.to_string(float_format="%.4f"))
    if {"paper", "default"} <= set(table.index):
        paper, default = table.loc["paper"], table.loc["default"]
        print(f"default is faster per epoch by {paper.epoch_s / default.epoch_s:.1f},"
              f" test PCC {default.test_pcc - paper.test_pcc:+.4f}")  # fmt: skip


if __name__ == "__main__":
    main()
