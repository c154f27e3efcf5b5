"""Train the forward or linear networks of one cell, one per model and seed."""

import logging
import time
from collections.abc import Callable

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.checkpoints import write_parts
from workflow_scripts.chromaloom.ml.device import prepare_device, reset_session
from workflow_scripts.chromaloom.ml.training import write_training
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.conformation.data.dataset import ConformationData, shuffle_bins
from workflow_scripts.conformation.data.windows import training_windows
from workflow_scripts.conformation.models.losses import MaskedSquaredError
from workflow_scripts.conformation.models.networks import build_forward
from workflow_scripts.conformation.models.orientation import (
    initialize_filters_pca,
    orient_filters,
    sigma_reference,
)
from workflow_scripts.conformation.training.fitting import MapSamples, train_network

log = logging.getLogger("chromaloom")


def read_activity(path: str, data: ConformationData) -> np.ndarray:
    """Activity of the data's bins: 1 active, 0 inactive, NaN unknown; float64 (N,).

    Raises
    ------
    UserError
        The table has other bins than the data.
    """
    table = pd.read_csv(path, sep="\t", dtype={"chrom": str})
    if len(table) != len(data.start) or not (table.start.to_numpy() == data.start).all():
        raise UserError(f"{path}: its bins are not those of the cell's data; expected: equal bins")
    return table.active.astype(str).map({"True": 1.0, "False": 0.0}).to_numpy("float64")


def forward_builder(
    data: ConformationData, *, network_settings: dict, training: dict, linear: bool, seed: int
) -> Callable[[], keras.Model]:
    """Function that builds the untrained network, the same one each time."""

    def build() -> keras.Model:
        network = build_forward(
            n_factors=len(data.factors), window=data.window, l2=training["l2"], linear=linear,
            # the mean of O/E: an output that starts below all targets would stay at 0
            output_bias=1.0, seed=seed, **network_settings,
        )  # fmt: skip
        if training["kernel_initializer"] == "principal_components":
            initialize_filters_pca(network, data.profiles[:, data.split == "train"])
        return network

    return build


def train_and_write(
    data: ConformationData,
    active: np.ndarray | None,
    *,
    network_settings: dict,
    training: dict,
    linear: bool,
    seed: int,
    device: str,
    checkpoints: str,
    checkpoint_seconds: float,
    files: dict,
) -> None:
    """Train one network, orient σ by the bins' activity where it is given, and write its files."""
    # without a ReLU predictions may be negative, where the other transforms are undefined
    training = training | ({"target_transform": "none"} if linear else {})
    settings = {"network": network_settings, "training": training, "seed": seed, "linear": linear}
    started = time.monotonic()
    network, history, learning_rate = train_network(
        forward_builder(
            data, network_settings=network_settings, training=training, linear=linear, seed=seed
        ),
        samples={split: MapSamples(data, windows)
                 for split, windows in training_windows(data, seed).items()},
        loss=MaskedSquaredError(training["target_transform"]),
        training=training,
        seed=seed,
        folder=checkpoints,
        fingerprint=fingerprint(settings | {"device": device}, data.profiles, data.oe, data.split),
        checkpoint_seconds=checkpoint_seconds,
    )  # fmt: skip
    reference, name = sigma_reference(active, data.profiles)
    mirrored = orient_filters(network, data.profiles, reference)
    log.info("σ is oriented to rise with the %s; filters mirrored: %s", name, mirrored)
    write_training(
        network, history, **files, started=started, packages=("keras", "numpy", "scikit-learn"),
        **settings, device=device, learning_rate=learning_rate, orientation=name,
        mirrored_filters=mirrored,
    )  # fmt: skip


def main(
    dataset: str,
    annotation: str,
    *,
    networks: list[tuple[str, int]],
    linear: list[str],
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
    """Write trained and oriented networks (.keras), their histories (TSV) and records (JSON).

    One job trains several networks, because starting Keras takes longer than training a small one.
    Each result is the same as in a job of its own. A killed job keeps the finished networks.

    Parameters
    ----------
    dataset, annotation
        A cell's data, and the activity of its bins.
    networks
        Model and seed (of weights, sample order, dropout and permutation) of each network, in the
        order of the files to write.
    linear
        Models without hidden layers and nonlinearities, trained on the squared error of O/E.
    shuffled
        Models trained on permuted bins: negative controls.
    network_settings, training
        Keywords of `build_forward`; settings of a preset.
    gpu, threads
        As for `prepare_device`.
    checkpoints, checkpoint_seconds
        Prefix of the checkpoints' paths; minimum time between two checkpoints.
    weights, history, record
        Files to write, one per network.
    """
    device = prepare_device(gpu=gpu, threads=threads, seed=0)
    data = ConformationData.load(dataset)
    active = read_activity(annotation, data)

    def training_of(model: str, seed: int) -> Callable[..., None]:
        def run(**files: str) -> None:
            reset_session(seed)
            log.info("%s, seed %d", model, seed)
            train_and_write(
                shuffle_bins(data, seed) if model in shuffled else data,
                None if model in shuffled else active,
                network_settings=network_settings, training=training, linear=model in linear,
                seed=seed, device=device, checkpoints=f"{checkpoints}.{model}.seed{seed}",
                checkpoint_seconds=checkpoint_seconds, files=files,
            )  # fmt: skip

        return run

    settings = {"network": network_settings, "training": training, "device": device}
    write_parts(
        {f"{model}.seed{seed}": training_of(model, seed) for model, seed in networks},
        files={"weights": weights, "history": history, "record": record},
        folder=f"{checkpoints}.{networks[0][0]}.done",
        fingerprint=fingerprint(settings, data.profiles, data.oe, data.split, active),
    )


if __name__ == "__main__":
    run_script(main, snakemake)
