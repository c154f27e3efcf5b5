"""Train networks of different sizes on one cell, one after another, and score each."""

import logging
from pathlib import Path

import keras
import pandas as pd
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.checkpoints import run_parts
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.ml.training import predict_blocks
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.deepchrome.config.tuning import SIZES
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.training.train_deepchrome import train_network

log = logging.getLogger("chromaloom")


def score_setting(data: Marks, name: str, setting: dict, **training) -> dict:
    """Train one network; tell the AUCs of its best validation epoch."""
    log.info("setting %s", name)
    # without it each network would stay in memory to the end of the job
    keras.backend.clear_session()
    network, epochs = train_network(data, data.label, network_settings=setting, **training)
    scores = predict_blocks(network, data.values)[:, 1]
    row = {"parameters": network.count_params(), "epochs": len(epochs),
           "best_epoch": int(epochs.epoch[epochs.best].iloc[0])}  # fmt: skip
    for part in ("valid", "test"):
        genes = data.part == part
        row[f"n_{part}"] = int(genes.sum())
        row[f"roc_auc_{part}"] = float(roc_auc_score(data.label[genes], scores[genes]))
    return row


def main(
    dataset: str,
    *,
    cell: str,
    settings: dict[str, dict],
    training: dict,
    seed: int,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    out: str,
) -> None:
    """Write one row per network: cell, model, its sizes, and validation and test AUC.

    A killed job keeps the networks that were done, and goes on within the one that was not.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=seed)
    data = Marks.load(dataset)
    common = dict(training=training, seed=seed, device=device)

    def part(name: str):
        return lambda: score_setting(
            data, name, settings[name], **common,
            checkpoints=Path(checkpoints, name), checkpoint_seconds=checkpoint_seconds,
        )  # fmt: skip

    results = run_parts(
        {name: part(name) for name in settings},
        folder=checkpoints,
        fingerprint=fingerprint(
            {"settings": settings, **common}, data.values, data.label, data.part
        ),
        every=0,
    )
    rows = [
        {"cell": cell, "model": name, **{size: settings[name][size] for size in SIZES}, **row}
        for name, row in results.items()
    ]
    with atomic_path(out) as temporary:
        pd.DataFrame(rows).to_csv(temporary, sep="\t", index=False, float_format="%.6f")


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.table)
