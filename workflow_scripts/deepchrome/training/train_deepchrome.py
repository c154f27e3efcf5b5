"""Train DeepChrome's networks on one cell and keep the best validation epoch of each."""

import logging
import time
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device, reset_session
from workflow_scripts.chromaloom.ml.training import fit_resumable, predict_blocks, write_training
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.deepchrome.data.labels import shuffle_labels
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.models.network import build_network, compile_network

log = logging.getLogger("chromaloom")


def validation_auc(network: keras.Model, values: np.ndarray, labels: np.ndarray) -> dict:
    """Return the ROC AUC on the validation genes as `valid_auc`."""
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
    """Train a network; return it with the weights of its best validation epoch, and its history.

    Parameters
    ----------
    data, labels
        Marks of a cell with their split; labels, 0 or 1, of shape (genes,).
    network_settings, training
        Keywords of `build_network`; epochs, patience, batch_size and the settings of SGD.
    seed
        Seed of weights, order of genes and dropout.
    device
        As `prepare_device` returns it; checkpoints of another device are not used.
    checkpoints, checkpoint_seconds
        As `fit_resumable`.

    Returns
    -------
    network, history
        History has one row per epoch: epoch, loss, valid_auc, best.
    """
    labels = labels.astype("int32")
    train, valid = data.split == "train", data.split == "valid"
    _, n_bins, n_marks = data.values.shape
    network = build_network(n_bins=n_bins, n_marks=n_marks, seed=seed, **network_settings)
    compile_network(
        network,
        learning_rate=training["learning_rate"],
        momentum=training["momentum"],
        learning_rate_decay=training["learning_rate_decay"],
        steps_per_execution=max(1, min(50, train.sum() // training["batch_size"])),
    )
    settings = {"network": network_settings, "training": training, "seed": seed, "device": device}
    log.info("%d training genes, %d parameters, %s", train.sum(), network.count_params(), device)
    epochs = fit_resumable(
        network,
        data.values[train],
        labels[train],
        score=partial(validation_auc, values=data.values[valid], labels=labels[valid]),
        monitor="valid_auc",
        epochs=training["epochs"],
        patience=training["patience"],
        batch_size=training["batch_size"],
        seed=seed,
        folder=checkpoints,
        checkpoint_seconds=checkpoint_seconds,
        fingerprint=fingerprint(settings, data.values, labels, data.split),
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
    """Write the trained networks (.keras), their history (TSV) and a record of each (JSON).

    One job trains all networks of a cell, because starting Keras takes longer than training most of
    them; each network is the same as from a job of its own. A killed job resumes from the networks
    that it finished and from the last checkpoint of the one that it did not.

    Parameters
    ----------
    dataset
        Marks and labels of the cell.
    networks
        Model and seed of each network, in the order of the outputs.
    shuffled
        Models that are trained on labels permuted within each split, as negative controls.
    network_settings, training
        As `train_network`.
    gpu, threads
        As `prepare_device`.
    checkpoints, checkpoint_seconds
        Start of the checkpoints' paths; minimum time between two.
    weights, history, record
        Outputs, a file per network.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    data = Marks.load(dataset)
    settings = {"network": network_settings, "training": training, "device": device}

    def train(model: str, seed: int):
        def run(**files) -> None:
            reset_session(seed)
            started = time.monotonic()
            control = model in shuffled
            network, epochs = train_network(
                data,
                shuffle_labels(data.label, data.split, seed) if control else data.label,
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
        {f"{model}.seed{seed}": train(model, seed) for model, seed in networks},
        files={"weights": weights, "history": history, "record": record},
        folder=f"{checkpoints}.done",
        fingerprint=fingerprint(settings, data.values, data.label, data.split),
    )


if __name__ == "__main__":
    run_script(main, snakemake)
