"""Train forward networks, or linear ones, on one cell, each with its seed."""

import logging
import time
from collections.abc import Callable

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device, start_afresh
from workflow_scripts.chromaloom.ml.training import write_training
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.conformation.data.dataset import ConformationData, shuffle_bins
from workflow_scripts.conformation.data.windows import training_windows
from workflow_scripts.conformation.models.losses import MaskedSquaredError
from workflow_scripts.conformation.models.networks import build_forward
from workflow_scripts.conformation.models.orientation import (
    orient,
    reference_track,
    start_at_components,
)
from workflow_scripts.conformation.training.fitting import MapSamples, train

log = logging.getLogger("chromaloom")


def read_activity(path: str, data: ConformationData) -> np.ndarray:
    """1 for active bins, 0 for inactive ones, NaN where it is not known; float64 (N,).

    Raises `UserError` where the table's bins are not the data's.
    """
    table = pd.read_csv(path, sep="\t", dtype={"chrom": str})
    if len(table) != len(data.start) or not (table.start.to_numpy() == data.start).all():
        raise UserError(f"{path}: its bins are not those of the cell's data")
    return table.active.astype(str).map({"True": 1.0, "False": 0.0}).to_numpy("float64")


def network_maker(
    data: ConformationData, *, network: dict, training: dict, linear: bool, seed: int
) -> Callable[[], keras.Model]:
    """A function that makes the untrained network, the same each time."""

    def build() -> keras.Model:
        model = build_forward(
            n_factors=len(data.factors), window=data.window, l2=training["l2"], linear=linear,
            # the mean of O/E: a unit that starts below all targets would not learn
            output_bias=1.0, seed=seed, **network,
        )  # fmt: skip
        if training["start"] == "components":
            start_at_components(model, data.profiles[:, data.part == "train"])
        return model

    return build


def train_one(
    data: ConformationData,
    active: np.ndarray | None,
    *,
    network: dict,
    training: dict,
    linear: bool,
    seed: int,
    device: str,
    checkpoints: str,
    checkpoint_seconds: float,
    files: dict,
) -> None:
    """Train one network, orient it by the bins' activity where that is given, write its files."""
    # without a ReLU a prediction may be negative, which the other scales do not take
    training = training | ({"target": "oe"} if linear else {})
    settings = {"network": network, "training": training, "seed": seed, "linear": linear}
    started = time.monotonic()
    model, epochs, rate = train(
        network_maker(data, network=network, training=training, linear=linear, seed=seed),
        samples={part: MapSamples(data, found)
                 for part, found in training_windows(data, seed).items()},
        error=MaskedSquaredError(training["target"]),
        training=training,
        seed=seed,
        folder=checkpoints,
        fingerprint=fingerprint(settings | {"device": device}, data.profiles, data.oe, data.part),
        checkpoint_seconds=checkpoint_seconds,
    )  # fmt: skip
    track, name = reference_track(active, data.profiles)
    turned = orient(model, data.profiles, track)
    log.info("σ rises with the %s; filters turned for it: %s", name, turned)
    write_training(
        model, epochs, **files, started=started, packages=("keras", "numpy", "scikit-learn"),
        **settings, device=device, rate=rate, orientation=name, turned=turned,
    )  # fmt: skip


def main(
    dataset: str,
    annotation: str,
    *,
    networks: list[tuple[str, int]],
    linear: list[str],
    shuffled: list[str],
    network: dict,
    training: dict,
    gpu: int,
    threads: int,
    checkpoints: str,
    checkpoint_seconds: float,
    weights: list[str],
    history: list[str],
    record: list[str],
) -> None:
    """Write trained and oriented networks (.keras), their histories (TSV) and records (JSON).

    One job for several networks, since starting Keras takes longer than many a training; each comes
    out as from a job of its own. A killed job keeps the networks that were done.

    Parameters
    ----------
    dataset, annotation
        A cell's data and its bins' activity.
    networks
        Model and seed (of weights, order, dropout and permutation) of each network, in the order of
        the files that are written.
    linear
        Models that are linear: no hidden layer, no non-linearity, squared error of O/E.
    shuffled
        Models for which the profiles' bins are permuted first: controls that must find nothing.
    network, training
        Keywords of `build_forward`; settings of a preset.
    gpu, threads, checkpoint_seconds
        As for every training.
    checkpoints
        Start of the checkpoints' paths.
    weights, history, record
        What is written, a file per network.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    data = ConformationData.load(dataset)
    active = read_activity(annotation, data)

    def part(model: str, seed: int):
        def run(**files) -> None:
            start_afresh(seed)
            log.info("%s, seed %d", model, seed)
            train_one(
                shuffle_bins(data, seed) if model in shuffled else data,
                None if model in shuffled else active,
                network=network, training=training, linear=model in linear, seed=seed,
                device=device, checkpoints=f"{checkpoints}.{model}.seed{seed}",
                checkpoint_seconds=checkpoint_seconds, files=files,
            )  # fmt: skip

        return run

    write_parts(
        {f"{model}.seed{seed}": part(model, seed) for model, seed in networks},
        files={"weights": weights, "history": history, "record": record},
        folder=f"{checkpoints}.{networks[0][0]}.done",
        fingerprint=fingerprint(
            {"network": network, "training": training, "device": device},
            data.profiles, data.oe, data.part, active,
        ),
    )  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake)
