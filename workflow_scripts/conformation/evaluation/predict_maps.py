"""Predict the map of the test split with the trained forward and linear networks."""

import keras
import numpy as np

from workflow_scripts.chromaloom.ml.device import prepare_device, reset_session
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData, shuffle_bins
from workflow_scripts.conformation.data.windows import (
    find_segments,
    flip_maps,
    flip_profiles,
    window_first_bins,
    window_profiles,
)
from workflow_scripts.conformation.evaluation.predictions import MapPrediction

BATCH_SIZE = 256  # windows


def predict_with_flips(network: keras.Model, inputs: np.ndarray, w: int) -> np.ndarray:
    """Maps (2, W, P) from the inputs, and from the flipped inputs (flipped back), at least 0.

    `inputs` are profiles (W, 3w, M) or σ (W, 3w, filters).
    """
    forward = network.predict(inputs, batch_size=BATCH_SIZE, verbose=0)
    flipped_inputs = np.ascontiguousarray(flip_profiles(inputs))
    flipped = network.predict(flipped_inputs, batch_size=BATCH_SIZE, verbose=0)
    # the linear network can predict negative values
    return np.maximum(np.stack([forward, flip_maps(flipped, w)]), 0)


def predict_test_map(
    network: keras.Model, data: ConformationData, track: np.ndarray
) -> MapPrediction:
    """Map of the test split from a track (channels, N): profiles, or σ for a decoder.

    Each segment is predicted by itself: its map is the same to the last bit whatever else is
    predicted, which batches of windows from several segments do not guarantee.
    """
    w, track = data.window, track.astype("float32")
    found = [
        window_first_bins(segment.start, segment.stop, w)
        for segment in find_segments(data)
        if segment.split == "test"
    ]
    maps = [
        predict_with_flips(network, window_profiles(track, first_bins, w), w)
        for first_bins in found
        if len(first_bins)
    ]
    return MapPrediction.from_windows(data, np.concatenate(found), np.concatenate(maps, axis=1))


def main(
    dataset: str,
    weights: list[str],
    *,
    networks: list[tuple[str, int]],
    shuffled: list[str],
    gpu: int,
    threads: int,
    maps: list[str],
) -> None:
    """Write the map (`MapPrediction`) of each network.

    Parameters
    ----------
    dataset
        A cell's data.
    weights, networks, maps
        Files of the networks; model and seed of each; the files to write.
    shuffled
        Models that were trained on permuted bins; the profiles are permuted by the same seed.
    gpu, threads
        As for `prepare_device`.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    data = ConformationData.load(dataset)
    for (model, seed), source, target in zip(networks, weights, maps, strict=True):
        reset_session(seed)
        network = keras.models.load_model(source, compile=False)
        profiles = (shuffle_bins(data, seed) if model in shuffled else data).profiles
        predict_test_map(network, data, profiles).save(target)


if __name__ == "__main__":
    run_script(main, snakemake)
