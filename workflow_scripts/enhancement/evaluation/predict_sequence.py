"""Predict maps of the windows with all sequence models."""

import logging
import re
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.data.dataset import EnhancementData, center_crop
from workflow_scripts.enhancement.data.sequence_data import Inputs, WindowEmbeddings, derangement
from workflow_scripts.enhancement.evaluation.inference import load_network, predict_batches
from workflow_scripts.enhancement.evaluation.predictions import write_predictions

log = logging.getLogger("chromaloom")
# Windows at once. More would change the last digits by what stands beside a window in the batch,
# and a bundle would not give the run's predictions.
BATCH = 1


def predicted_rows(split: np.ndarray, genome: np.ndarray, max_train: int) -> np.ndarray:
    """Rows whose maps are predicted: all splits, of `train` evenly spaced regions.

    Parameters
    ----------
    split, genome
        Split and region of each window.
    max_train
        Maximum number of regions of the training split; 0: all.
    """
    train = np.unique(genome[split == "train"])
    if max_train and len(train) > max_train:
        train = train[np.linspace(0, len(train) - 1, max_train).astype(int)]
    return np.flatnonzero((split != "") & ((split != "train") | np.isin(genome, train)))


def input_rows(split: np.ndarray, genome: np.ndarray, shuffled: bool) -> np.ndarray:
    """Row whose DNA is read for each window: its own, or if shuffled another region's."""
    read = np.arange(len(split))
    if shuffled:
        for name in set(split.tolist()) - {""}:
            regions = np.unique(genome[split == name])
            if len(regions) > 1:  # a single region has no other
                other = regions[derangement(len(regions), 0)]
                first = {region: np.flatnonzero(genome == region)[0] for region in regions}
                for region, taken in zip(regions, other, strict=True):
                    read[(split == name) & (genome == region)] = first[taken]
    return read


def predict_maps(network, inputs: Inputs, read: np.ndarray, bins: int) -> np.ndarray:
    """Maps float32 (windows, bins, bins) at the center of windows; equal DNA is run once.

    `read` is the row whose DNA is the input of each window.
    """
    regions, back = np.unique(inputs.data.genome[read], return_inverse=True)
    firsts = np.array([read[np.flatnonzero(back == number)[0]] for number in range(len(regions))])
    maps = [
        center_crop(predict_batches(network, inputs.of(firsts[at : at + BATCH]), BATCH), bins)
        for at in range(0, len(firsts), BATCH)
    ]
    return np.concatenate(maps)[back]


def main(
    dataset: str,
    embeddings: str,
    weights: list[str],
    *,
    variants: dict[str, dict],
    crop: int,
    max_train: int,
    gpu: int,
    threads: int,
    predictions: list[str],
) -> None:
    """Write the `Predictions` of each model and seed.

    Parameters
    ----------
    dataset, embeddings
        As in training.
    weights, predictions
        Trained networks MODEL.seedSEED.keras, and the output file of each.
    variants
        `presets.sequence_variants`; a model is predicted with its own split.
    crop
        Bins cropped on each side.
    max_train
        Maximum number of regions of the training split that are predicted; 0: all.
    gpu, threads
        As in all prediction scripts.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    with ExitStack() as opened:
        data = opened.enter_context(EnhancementData(dataset))
        networks: dict[tuple, object] = {}  # models that differ in weights only share a network
        for source, target in zip(weights, predictions, strict=True):
            variant = variants[re.match(r"(.+)\.seed\d+\.", Path(source).name)[1]]
            inputs = Inputs(data)
            if variant["embedded"]:
                inputs = Inputs(data, opened.enter_context(closing(WindowEmbeddings(embeddings))))
            split = getattr(data, variant["column"])
            rows = predicted_rows(split, data.genome, max_train)
            read = input_rows(split, data.genome, variant["shuffled"])[rows]
            kind = variant["head"], variant["embedded"]
            if kind not in networks:
                networks[kind] = load_network(source)
            network = networks[kind]
            network.load_weights(source)
            maps = predict_maps(network, inputs, read, data.window_bins - 2 * crop)
            write_predictions(
                target, kind=data.kind, index=rows, split=split[rows], prediction=maps
            )
            log.info("%s: %d maps of %d regions", Path(target).name, len(maps),
                     len(np.unique(data.genome[read])))  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake, embeddings=str(snakemake.input.get("embeddings", "")))
