"""Train the pairwise networks of one cell, and predict the map of the test split."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device, reset_session
from workflow_scripts.chromaloom.ml.training import fit_resumable, write_training
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.conformation.data.dataset import ConformationData, shuffle_bins
from workflow_scripts.conformation.data.pairs import cut_stretches, pairs_within, split_segments
from workflow_scripts.conformation.data.windows import Segment
from workflow_scripts.conformation.evaluation.predictions import (
    MapPrediction,
    correlation,
    log_observed,
)
from workflow_scripts.conformation.models.losses import MaskedSquaredError
from workflow_scripts.conformation.models.pairwise import build_pairwise, predict_band

log = logging.getLogger("chromaloom")


def fit_pairwise(
    profiles: np.ndarray,
    target: np.ndarray,
    segments: Sequence[Segment],
    *,
    network_settings: dict,
    training: dict,
    epochs: int,
    seed: int,
    device: str,
    checkpoints: str | Path,
    checkpoint_seconds: float,
    score: Callable[[keras.Model], dict[str, float]],
) -> tuple[keras.Model, pd.DataFrame]:
    """Train on the pairs within segments; return the network of the best epoch and its history.

    Parameters
    ----------
    profiles, target
        Profiles (M, N), and log O/E of pairs (N, w), NaN where unknown.
    segments
        Segments to train on.
    network_settings, training
        Keywords of `build_pairwise`; epochs (of the learning rate schedule), batch_size,
        learning_rate, weight_decay and patience.
    epochs
        Number of epochs of the schedule to train.
    seed, device
        Seed of weights, sample order and dropout; the device, part of the checkpoint's fingerprint.
    checkpoints, checkpoint_seconds
        As `folder` and `checkpoint_seconds` of `fit_resumable`.
    score
        Returns the scores of a network; the maximum of `monitor` marks the best epoch.

    Raises
    ------
    UserError
        No pair within the segments is measured.
    """
    margin = network_settings["kernel_size"] // 2
    inputs, targets = cut_stretches(profiles, target, segments, margin)
    if not np.isfinite(targets).any():
        raise UserError(
            "conformation: forward_pairwise: no unmasked pixel in the training split;"
            " expected: a map with contacts there"
        )
    training_bins = np.concatenate([profiles[:, s.start : s.stop] for s in segments], axis=1)
    network = build_pairwise(training_bins, window=target.shape[1], seed=seed, **network_settings)
    steps = -(-len(inputs) // training["batch_size"])
    schedule = keras.optimizers.schedules.CosineDecay(
        training["learning_rate"], steps * training["epochs"], alpha=0.02
    )
    network.compile(
        keras.optimizers.AdamW(schedule, weight_decay=training["weight_decay"]),
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
        monitor="monitor",
        epochs=epochs,
        patience=training["patience"],
        batch_size=training["batch_size"],
        seed=seed,
        folder=checkpoints,
        checkpoint_seconds=checkpoint_seconds,
        fingerprint=fingerprint(settings | {"device": device}, inputs, targets),
    )
    return network, history


def train_and_write(
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
    """Train one network on `profiles` (M, N), those of the data or permuted, and write its files.

    The best epoch has the highest correlation of log O/E over the validation pairs of at least
    `min_distance` bp. With `training["refit"]`, the result is a new network, trained for as many
    epochs on training and validation pairs.
    """
    target, window = log_observed(data.oe), data.window
    margin = network_settings["kernel_size"] // 2
    segments, started = split_segments(data), time.monotonic()
    min_bins = -(-min_distance // data.resolution)
    is_valid = pairs_within(segments["valid"], *target.shape)
    observed = np.where(is_valid, target, np.nan)[:, min_bins:]

    def validate(network: keras.Model) -> dict[str, float]:
        band = predict_band(network, profiles, segments["valid"], window, margin)
        r = correlation(band[:, min_bins:], observed)
        # undefined correlations (no measured validation pair) are never the best
        return {"valid_log_r": r, "monitor": np.nan_to_num(r, nan=-1.0)}

    fit = partial(
        fit_pairwise,
        profiles,
        target,
        network_settings=network_settings,
        training=training,
        seed=seed,
        device=device,
        checkpoint_seconds=checkpoint_seconds,
    )
    network, history = fit(
        segments["train"], epochs=training["epochs"], checkpoints=f"{checkpoints}.chosen",
        score=validate,
    )  # fmt: skip
    best = history[history.best].iloc[0]
    history = history.assign(fit="train")
    if training["refit"]:
        network, refit_history = fit(
            [*segments["train"], *segments["valid"]], epochs=int(best.epoch),
            checkpoints=f"{checkpoints}.refit",
            # there is no validation data: the last epoch is kept
            score=lambda network: {"monitor": float(network.optimizer.iterations)},
        )  # fmt: skip
        history = pd.concat([history, refit_history.assign(fit="train and valid")])
    log.info("best epoch %d, validation r %.4f", best.epoch, best.valid_log_r)
    band = predict_band(network, profiles, segments["test"], window, margin)
    MapPrediction.from_band(data, np.exp(band)).save(files.pop("prediction"))
    write_training(
        network, history.drop(columns="monitor"), **files,
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
    """Write networks (.keras), histories (TSV), records (JSON) and maps of the test split (.npz).

    One job trains several networks. Each result is the same as in a job of its own. A killed job
    keeps the finished networks.

    Parameters
    ----------
    dataset
        A cell's data.
    networks
        Model and seed of each network.
    shuffled
        Models trained on bins that are permuted by the seed.
    network_settings, training, min_distance
        As for `train_and_write`.
    gpu, threads, checkpoints, checkpoint_seconds
        As for `train_forward`.
    weights, history, record, prediction
        Files to write, in the order of `networks`.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    data = ConformationData.load(dataset)

    def training_of(model: str, seed: int) -> Callable[..., None]:
        def run(**files: str) -> None:
            reset_session(seed)
            log.info("%s, seed %d", model, seed)
            train_and_write(
                data,
                (shuffle_bins(data, seed) if model in shuffled else data).profiles,
                network_settings=network_settings, training=training, min_distance=min_distance,
                seed=seed, device=device, checkpoints=f"{checkpoints}.{model}.seed{seed}",
                checkpoint_seconds=checkpoint_seconds, files=files,
            )  # fmt: skip

        return run

    settings = {"network": network_settings, "training": training, "min_distance": min_distance}
    write_parts(
        {f"{model}.seed{seed}": training_of(model, seed) for model, seed in networks},
        files={"weights": weights, "history": history, "record": record, "prediction": prediction},
        folder=f"{checkpoints}.{networks[0][0]}.done",
        fingerprint=fingerprint(settings | {"device": device}, data.profiles, data.oe, data.split),
    )


if __name__ == "__main__":
    run_script(main, snakemake)
