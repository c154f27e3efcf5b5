"""Predict the test part's map with trained networks of profiles."""

import keras
import numpy as np

from workflow_scripts.chromaloom.ml.device import prepare_device, start_afresh
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData, shuffle_bins
from workflow_scripts.conformation.data.windows import (
    flip_maps,
    flip_profiles,
    part_firsts,
    window_profiles,
)
from workflow_scripts.conformation.evaluation.predictions import MapPrediction
from workflow_scripts.conformation.training.fitting import BATCH


def predict_both_ways(network: keras.Model, inputs: np.ndarray, w: int) -> np.ndarray:
    """Maps (2, W, P) of windows read forward, and backward (flipped back), 0 at least.

    `inputs` are profiles (W, 3w, M) or σ (W, 3w, filters).
    """
    there = network.predict(inputs, batch_size=BATCH, verbose=0)
    back = network.predict(np.ascontiguousarray(flip_profiles(inputs)), batch_size=BATCH, verbose=0)
    # the linear network may go below: no contact map does
    return np.maximum(np.stack([there, flip_maps(back, w)]), 0)


def predict_test(network: keras.Model, data: ConformationData, track: np.ndarray) -> MapPrediction:
    """The test part's map from a track (channels, N): profiles, or σ for a decoder."""
    firsts = part_firsts(data, "test")
    inputs = window_profiles(track.astype("float32"), firsts, data.window)
    return MapPrediction.of(data, firsts, predict_both_ways(network, inputs, data.window))


def main(
    dataset: str,
    weights: list[str],
    *,
    networks: list[tuple[str, int]],
    shuffled: list[str],
    gpu: int,
    threads: int,
    out: list[str],
) -> None:
    """Write the map (`MapPrediction`) of each network.

    Parameters
    ----------
    dataset
        A cell's data.
    weights, networks, out
        Files of the networks, model and seed of each, and its map.
    shuffled
        Models that were trained on permuted bins: the profiles are permuted as then, by the seed.
    gpu, threads
        As `prepare_device`.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    data = ConformationData.load(dataset)
    for (model, seed), source, target in zip(networks, weights, out, strict=True):
        start_afresh(seed)
        network = keras.models.load_model(source, compile=False)
        profiles = (shuffle_bins(data, seed) if model in shuffled else data).profiles
        predict_test(network, data, profiles).save(target)


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.maps)
