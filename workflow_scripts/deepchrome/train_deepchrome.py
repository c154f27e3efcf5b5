"""Train DeepChrome's network on one cell with one seed; keep the best validation epoch."""

import logging
import time
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.device import prepare_device
from workflow_scripts.chromaloom.job import script_job
from workflow_scripts.chromaloom.provenance import fingerprint
from workflow_scripts.chromaloom.training import fit_resumable, predict_blocks, write_training
from workflow_scripts.deepchrome.labels import shuffle_labels
from workflow_scripts.deepchrome.marks import Marks
from workflow_scripts.deepchrome.model import build_network, compile_network

log = logging.getLogger("chromaloom")


def validation_auc(network: keras.Model, values: np.ndarray, labels: np.ndarray) -> dict:
    """ROC AUC on the validation genes."""
    scores = predict_blocks(network, values)[:, 1]
    return {"valid_auc": float(roc_auc_score(labels, scores))}


def train_network(
    data: Marks,
    labels: np.ndarray,
    *,
    network_settings: dict,
    training: dict,
    seed: int,
    device: str,
    checkpoints: str | Path,
    checkpoint_seconds: float,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train on the training genes; return the network of the best validation epoch and its history.

    Parameters
    ----------
    data, labels
        A cell's marks with their parts; labels of shape (genes,), 0 or 1.
    network_settings, training
        Keywords of `build_network`; epochs, patience, batch_size and the settings of SGD.
    seed, device
        Of weights, order and dropout; what trains, which a checkpoint of another is not used for.
    checkpoints, checkpoint_seconds
        As `fit_resumable`.
    """
    labels = labels.astype("int32")
    train, valid = data.part == "train", data.part == "valid"
    _, n_bins, n_marks = data.values.shape
    network = build_network(n_bins=n_bins, n_marks=n_marks, seed=seed, **network_settings)
    compile_network(
        network,
        learning_rate=training["learning_rate"],
        momentum=training["momentum"],
        rate_decay=training["rate_decay"],
        steps_per_execution=max(1, min(50, train.sum() // training["batch_size"])),
    )
    settings = {"network": network_settings, "training": training, "seed": seed, "device": device}
    log.info("%d training genes, %d parameters, %s", train.sum(), network.count_params(), device)
    epochs = fit_resumable(
        network,
        data.values[train],
        labels[train],
        score=partial(validation_auc, values=data.values[valid], labels=labels[valid]),
        watch="valid_auc",
        epochs=training["epochs"],
        patience=training["patience"],
        batch_size=training["batch_size"],
        seed=seed,
        folder=checkpoints,
        checkpoint_seconds=checkpoint_seconds,
        fingerprint=fingerprint(settings, data.values, labels, data.part),
    )
    return network, epochs


def main(
    dataset: str,
    *,
    network_settings: dict,
    training: dict,
    seed: int,
    shuffled: bool,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    weights: str,
    history: str,
    record: str,
) -> None:
    """Write the trained model (.keras), one row per epoch (TSV) and the record of the run (JSON).

    With `shuffled`, labels are permuted within each part first: a control that must find nothing.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=seed)
    data = Marks.load(dataset)
    started = time.monotonic()
    network, epochs = train_network(
        data,
        shuffle_labels(data.label, data.part, seed) if shuffled else data.label,
        network_settings=network_settings,
        training=training,
        seed=seed,
        device=device,
        checkpoints=checkpoints,
        checkpoint_seconds=checkpoint_seconds,
    )
    settings = {"network": network_settings, "training": training, "seed": seed, "device": device}
    write_training(
        network, epochs, weights=weights, history=history, record=record, started=started,
        packages=("keras", "numpy", "scikit-learn"), **settings,
    )  # fmt: skip


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            snakemake.input.dataset,
            network_settings=snakemake.params.network,
            training=snakemake.params.training,
            seed=int(snakemake.wildcards.seed),
            shuffled=snakemake.params.shuffled,
            gpu=snakemake.resources.gpu,
            threads=snakemake.threads,
            checkpoints=snakemake.params.checkpoints,
            checkpoint_seconds=snakemake.params.checkpoint_seconds,
            weights=snakemake.output.weights,
            history=snakemake.output.history,
            record=snakemake.output.record,
        )
