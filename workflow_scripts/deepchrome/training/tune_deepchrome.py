"""Train networks of different sizes on one cell and score each."""

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
from workflow_scripts.deepchrome.config.plan import NETWORK_SIZES
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.training.train_deepchrome import train_network

log = logging.getLogger("chromaloom")


def score_network(data: Marks, name: str, settings: dict, **training) -> dict:
    """Train one network; return its size, its best validation epoch and the AUCs of that epoch.

    `settings` are those of `build_network`, `training` the other keywords of `train_network`.
    """
    log.info("network %s", name)
    # otherwise every network stays in memory until the job ends
    keras.backend.clear_session()
    network, epochs = train_network(data, data.label, network_settings=settings, **training)
    scores = predict_blocks(network, data.values)[:, 1]
    row = {"parameters": network.count_params(), "epochs": len(epochs),
           "best_epoch": int(epochs.epoch[epochs.best].iloc[0])}  # fmt: skip
    for split in ("valid", "test"):
        genes = data.split == split
        row[f"n_{split}"] = int(genes.sum())
        row[f"roc_auc_{split}"] = float(roc_auc_score(data.label[genes], scores[genes]))
    return row


def main(
    dataset: str,
    *,
    cell: str,
    networks: dict[str, dict],
    training: dict,
    seed: int,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    table: str,
) -> None:
    """Write one row per network: cell, model, its sizes, and validation and test AUC.

    A killed job resumes from the networks that it finished and from the last checkpoint of the one
    that it did not.

    Parameters
    ----------
    dataset, cell
        `Marks` NPZ of a cell, and its name.
    networks
        Settings of each network by name, as `plan_networks`.
    training, seed
        As `train_network`.
    gpu, threads
        As `prepare_device`.
    checkpoints, checkpoint_seconds
        Folder of the checkpoints; minimum time between two.
    table
        Output.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=seed)
    data = Marks.load(dataset)
    common = dict(training=training, seed=seed, device=device)

    def score(name: str):
        return lambda: score_network(
            data, name, networks[name], **common,
            checkpoints=Path(checkpoints, name), checkpoint_seconds=checkpoint_seconds,
        )  # fmt: skip

    results = run_parts(
        {name: score(name) for name in networks},
        folder=checkpoints,
        fingerprint=fingerprint(
            {"networks": networks, **common}, data.values, data.label, data.split
        ),
        every=0,
    )
    rows = [
        {
            "cell": cell,
            "model": name,
            **{size: networks[name][size] for size in NETWORK_SIZES},
            **row,
        }
        for name, row in results.items()
    ]
    with atomic_path(table) as temporary:
        pd.DataFrame(rows).to_csv(temporary, sep="\t", index=False, float_format="%.6f")


if __name__ == "__main__":
    run_script(main, snakemake)
