"""Train `forward_pairwise` on one cell, each network with its seed; predict the test part's map."""

import logging
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device, start_afresh
from workflow_scripts.chromaloom.ml.training import fit_resumable, write_training
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.conformation.data.dataset import ConformationData, shuffle_bins
from workflow_scripts.conformation.data.pair_features import (
    pair_segments,
    pairs_within,
    predict_pairs,
)
from workflow_scripts.conformation.data.pairwise_stretches import cut_stretches, predict_band
from workflow_scripts.conformation.data.windows import Segment
from workflow_scripts.conformation.evaluation.predictions import correlation, log_observed
from workflow_scripts.conformation.models.losses import MaskedSquaredError
from workflow_scripts.conformation.models.pairwise import build_pairwise

log = logging.getLogger("chromaloom")


def train_pairwise(
    profiles: np.ndarray,
    target: np.ndarray,
    stretches: Sequence[Segment],
    *,
    network_settings: dict,
    training: dict,
    epochs: int,
    seed: int,
    device: str,
    checkpoints: str | Path,
    checkpoint_seconds: float,
    score,
) -> tuple[keras.Model, pd.DataFrame]:
    """Train on the pairs of some segments; return the network of the best epoch and its history.

    Parameters
    ----------
    profiles, target
        Factors (M, N), and log O/E of pairs (N, w) with NaN where unknown.
    stretches
        Segments to learn from.
    network_settings, training
        Keywords of `build_pairwise`; epochs (of the rate's whole course), batch_size,
        learning_rate and weight_decay.
    epochs
        Where to stop in that course.
    seed, device
        Of weights, order and dropout; what trains, which a checkpoint of another is not used for.
    checkpoints, checkpoint_seconds
        As `fit_resumable`.
    score
        Takes the network, gives `watch`, whose maximum marks the best epoch.
    """
    window = target.shape[1]
    inputs, targets = cut_stretches(profiles, target, stretches, network_settings["kernel"] // 2)
    if not np.isfinite(targets).any():
        raise UserError("forward_pairwise: no measured pair of bins to train on; allowed: some")
    known = np.concatenate([profiles[:, s.start : s.stop] for s in stretches], axis=1)
    network = build_pairwise(known, window=window, seed=seed, **network_settings)
    steps = -(-len(inputs) // training["batch_size"])
    rate = keras.optimizers.schedules.CosineDecay(
        training["learning_rate"], steps * training["epochs"], alpha=0.02
    )
    network.compile(
        keras.optimizers.AdamW(rate, weight_decay=training["weight_decay"]),
        MaskedSquaredError(),
        jit_compile=False,
    )
    log.info(
        "%d stretches of %d bins, %d measured pairs, %d parameters, %s",
        *inputs.shape[:2], np.isfinite(targets).sum(), network.count_params(), device,
    )  # fmt: skip
    settings = {"network": network_settings, "training": training, "epochs": epochs, "seed": seed}
    history = fit_resumable(
        network,
        inputs,
        targets,
        score=score,
        watch="watch",
        epochs=epochs,
        patience=training["patience"],
        batch_size=training["batch_size"],
        seed=seed,
        folder=checkpoints,
        checkpoint_seconds=checkpoint_seconds,
        fingerprint=fingerprint(settings | {"device": device}, inputs, targets),
    )
    return network, history


def train_one(
    data: ConformationData,
    profiles: np.ndarray,
    *,
    network_settings: dict,
    training: dict,
    min_distance: int,
    seed: int,
    device: str,
    checkpoints: str,
    checkpoint_seconds: float,
    files: dict,
) -> None:
    """Train one network on `profiles` (M, N), the data's own or permuted; write its files.

    Trains on the training pairs; validation pairs of `min_distance` bp or more say after how many
    epochs log O/E correlates best. With `training["refit"]`, a second training of so many epochs
    takes training and validation pairs together, and is the one that is kept.
    """
    target, window, reach = log_observed(data.oe), data.window, network_settings["kernel"] // 2
    parts, started = pair_segments(data), time.monotonic()
    least = -(-min_distance // data.resolution)
    observed = np.where(pairs_within(parts["valid"], *target.shape), target, np.nan)[:, least:]

    def validate(network: keras.Model) -> dict[str, float]:
        band = predict_band(network, profiles, parts["valid"], window, reach)
        # a constant prediction of the first epochs, or a validation part without a map, is no best
        r = correlation(band[:, least:], observed)
        return {"valid_log_r": r, "watch": np.nan_to_num(r, nan=-1.0)}

    train = partial(
        train_pairwise,
        profiles,
        target,
        network_settings=network_settings,
        training=training,
        seed=seed,
        device=device,
        checkpoint_seconds=checkpoint_seconds,
    )
    network, epochs = train(
        parts["train"], epochs=training["epochs"], checkpoints=f"{checkpoints}.chosen",
        score=validate,
    )  # fmt: skip
    best = epochs[epochs.best].iloc[0]
    epochs = epochs.assign(fit="train")
    if training["refit"]:
        network, again = train(
            [*parts["train"], *parts["valid"]], epochs=int(best.epoch),
            checkpoints=f"{checkpoints}.refit",
            # nothing is left to choose by: the last epoch is the one to keep
            score=lambda network: {"watch": float(network.optimizer.iterations)},
        )  # fmt: skip
        epochs = pd.concat([epochs, again.assign(fit="train and valid")])
    log.info("best epoch %d, validation r %.4f", best.epoch, best.valid_log_r)
    band = predict_band(network, profiles, parts["test"], window, reach)
    predict_pairs(data, np.exp(band)).save(files.pop("prediction"))
    write_training(
        network, epochs.drop(columns="watch"), **files,
        started=started, packages=("keras", "numpy"), network=network_settings, training=training,
        seed=seed, device=device, valid_log_r=round(float(best.valid_log_r), 6),
    )  # fmt: skip


def main(
    dataset: str,
    *,
    networks: list[tuple[str, int]],
    shuffled: list[str],
    network_settings: dict,
    training: dict,
    min_distance: int,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    weights: list[str],
    history: list[str],
    record: list[str],
    prediction: list[str],
) -> None:
    """Write models (.keras), rows per epoch (TSV), records (JSON) and predicted test maps (.npz).

    A file of each kind per network. One job for several networks, each as from a job of its own; a
    killed job keeps those that were done.

    Parameters
    ----------
    dataset
        A cell's data.
    networks
        Model and seed of each network.
    shuffled
        Models for which the profiles' bins are permuted first, by the seed.
    network_settings, training, min_distance
        As `train_one`.
    gpu, threads, checkpoints, checkpoint_seconds
        As `train_forward`.
    weights, history, record, prediction
        What is written, in the order of `networks`.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    data = ConformationData.load(dataset)

    def part(model: str, seed: int):
        def run(**files) -> None:
            start_afresh(seed)
            log.info("%s, seed %d", model, seed)
            train_one(
                data,
                (shuffle_bins(data, seed) if model in shuffled else data).profiles,
                network_settings=network_settings, training=training, min_distance=min_distance,
                seed=seed, device=device, checkpoints=f"{checkpoints}.{model}.seed{seed}",
                checkpoint_seconds=checkpoint_seconds, files=files,
            )  # fmt: skip

        return run

    settings = {"network": network_settings, "training": training, "least": min_distance}
    write_parts(
        {f"{model}.seed{seed}": part(model, seed) for model, seed in networks},
        files={"weights": weights, "history": history, "record": record, "prediction": prediction},
        folder=f"{checkpoints}.{networks[0][0]}.done",
        fingerprint=fingerprint(settings | {"device": device}, data.profiles, data.oe, data.part),
    )


if __name__ == "__main__":
    run_script(main, snakemake, network_settings=snakemake.params.network)
