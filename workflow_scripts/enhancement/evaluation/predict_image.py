"""Predict maps of the windows with all image models, and write the bilinear input itself."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from workflow_scripts.chromaloom.ml.device import prepare_device, reset_session
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation.inference import load_network, predicted_image_rows
from workflow_scripts.enhancement.evaluation.predictions import write_predictions
from workflow_scripts.enhancement.evaluation.published_windows import predict_published

log = logging.getLogger("chromaloom")
BATCH = 8  # windows at once


def generate(network, data: EnhancementData, rows: np.ndarray) -> np.ndarray:
    """Maps that a network predicts for some windows: float32 (n, b, b)."""
    found = []
    for first in range(0, len(rows), BATCH):
        low = data.maps_of("low", rows[first : first + BATCH])
        found.append(np.asarray(network.predict_on_batch(low[..., None]))[..., 0])
    return np.concatenate(found)


def smooth(low: np.ndarray, sigma: float) -> np.ndarray:
    """Maps (n, b, b), each smoothed by a Gaussian with a standard deviation in bins."""
    return gaussian_filter(low, sigma, axes=(1, 2))


def best_smoothing(data: EnhancementData, sigmas: Sequence[float], crop: int) -> float:
    """The Gaussian with the least squared error on validation windows."""
    valid, inside = data.rows("valid"), slice(crop, data.window_bins - crop)
    low, high = (data.maps_of(name, valid) for name in ("low", "high"))
    errors = [float(((smooth(low, s) - high)[:, inside, inside] ** 2).mean()) for s in sigmas]
    log.info("Gaussian smoothing, squared error on %d validation windows: %s", len(valid),
             ", ".join(f"{s:g} bins {e:.5f}" for s, e in zip(sigmas, errors, strict=True)),
    )  # fmt: skip
    return sigmas[int(np.argmin(errors))]


def main(
    dataset: str,
    weights: list[str],
    published_weights: Sequence[str] = (),
    *,
    crop: int,
    max_train: int,
    gpu: int,
    threads: int,
    downsampled: str,
    predictions: list[str],
    published_predictions: Sequence[str] = (),
    published: Sequence[str] = (),
    tiles: str = "whole",
    smoothing: Sequence[float] = (),
    smoothed: Sequence[str] = (),
) -> None:
    """Write the `Predictions` of each network, and those of the input itself.

    Parameters
    ----------
    dataset
        `EnhancementData` of kind image.
    weights
        Trained generators.
    crop
        Bins that generated maps lack on each side.
    max_train
        Maximum number of training windows that are predicted.
    gpu, threads
        As in all prediction scripts.
    downsampled, predictions
        Output files: the cropped input, and the maps of each network in the order of `weights`.
    published, published_weights, published_predictions, tiles
        Published networks, their files, their output files, and how they read windows
        (`predict_published`).
    smoothing, smoothed
        Gaussians to choose from (`best_smoothing`), and the output file of the smoothed input.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    with EnhancementData(dataset) as data:
        rows = predicted_image_rows(data, max_train)
        about = {"kind": data.kind, "index": rows, "split": data.split[rows]}
        inside = slice(crop, data.window_bins - crop)
        low = data.maps_of("low", rows)[:, inside, inside]
        write_predictions(downsampled, **about, prediction=low)
        for target in smoothed:
            maps = smooth(data.maps_of("low", rows), best_smoothing(data, smoothing, crop))
            write_predictions(target, **about, prediction=maps[:, inside, inside])
        for number, (source, target) in enumerate(zip(weights, predictions, strict=True), start=1):
            reset_session(0)
            maps = generate(load_network(source), data, rows)
            write_predictions(target, **about, prediction=maps)
            log.info("%d/%d: %s, %d windows", number, len(weights), Path(source).stem, len(rows))
        given = data.maps_of("low", rows) if published else None
        for name, source, target in zip(
            published, published_weights, published_predictions, strict=True
        ):
            maps = predict_published(name, source, given, crop=crop, tiles=tiles)
            write_predictions(target, **about, prediction=maps)
            log.info("%s, %d windows", name, len(rows))


if __name__ == "__main__":
    run_script(main, snakemake)
