"""Train DeepChrome's networks on one cell; keep the best validation epoch of each."""

import logging
import time
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device, start_afresh
from workflow_scripts.chromaloom.ml.training import fit_resumable, predict_blocks, write_training
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.deepchrome.data.labels import shuffle_labels
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.models.network import build_network, compile_network

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
    networks: list[tuple[str, int]],
    shuffled: list[str],
    network_settings: dict,
    training: dict,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    weights: list[str],
    history: list[str],
    record: list[str],
) -> None:
    """Write the trained models (.keras), one row per epoch (TSV) and a record of each (JSON).

    One job for all networks of a cell, since starting Keras takes longer than many a training; each
    comes out as from a job of its own. A killed job keeps the networks that were done, and goes on
    within the one that was not.

    Parameters
    ----------
    dataset
        Marks and labels of the cell.
    networks
        Model and seed of each network, in the order of the files that are written.
    shuffled
        Models whose labels are permuted within each part first: controls that must find nothing.
    network_settings, training
        As `train_network`.
    gpu, threads
        As `prepare_device`.
    checkpoints, checkpoint_seconds
        Start of the checkpoints' paths; least time between two.
    weights, history, record
        What is written, a file per network.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    data = Marks.load(dataset)
    settings = {"network": network_settings, "training": training, "device": device}

    def part(model: str, seed: int):
        def run(**files) -> None:
            start_afresh(seed)
            started = time.monotonic()
            control = model in shuffled
            network, epochs = train_network(
                data,
                shuffle_labels(data.label, data.part, seed) if control else data.label,
                network_settings=network_settings,
                training=training,
                seed=seed,
                device=device,
                checkpoints=f"{checkpoints}.{model}.seed{seed}",
                checkpoint_seconds=checkpoint_seconds,
            )
            write_training(
                network, epochs, **files, started=started,
                packages=("keras", "numpy", "scikit-learn"), **settings, seed=seed,
            )  # fmt: skip

        return run

    write_parts(
        {f"{model}.seed{seed}": part(model, seed) for model, seed in networks},
        files={"weights": weights, "history": history, "record": record},
        folder=f"{checkpoints}.done",
        fingerprint=fingerprint(settings, data.values, data.label, data.part),
    )


if __name__ == "__main__":
    run_script(main, snakemake, network_settings=snakemake.params.network)
