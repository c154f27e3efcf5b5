"""Predict the maps of windows with all trained sequence models."""

import logging
import re
from contextlib import ExitStack, closing
from pathlib import Path

import keras
import numpy as np

from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.data.embeddings import WindowEmbeddings
from workflow_scripts.enhancement.data.sequence_data import Inputs, exchange
from workflow_scripts.enhancement.evaluation.predictions import middle, write_predictions
from workflow_scripts.enhancement.training.sequence_training import predict_rows

log = logging.getLogger("chromaloom")
BATCH = 2


def chosen_rows(part: np.ndarray, genome: np.ndarray, most_train: int) -> np.ndarray:
    """Rows whose maps are predicted: all of a part, of `train` those of so many places, spread.

    Parameters
    ----------
    part, genome
        Part and place of each window.
    most_train
        Places of the training part; 0: all.
    """
    train = np.unique(genome[part == "train"])
    if most_train and len(train) > most_train:
        train = train[np.linspace(0, len(train) - 1, most_train).astype(int)]
    return np.flatnonzero((part != "") & ((part != "train") | np.isin(genome, train)))


def read_rows(part: np.ndarray, genome: np.ndarray, shuffled: bool) -> np.ndarray:
    """Row whose DNA is read for each window: its own, or one of another place of its part."""
    read = np.arange(len(part))
    if shuffled:
        for name in set(part.tolist()) - {""}:
            places = np.unique(genome[part == name])
            if len(places) > 1:  # the only place has none to exchange with
                other = places[exchange(len(places), 0)]
                first = {place: np.flatnonzero(genome == place)[0] for place in places}
                for place, taken in zip(places, other, strict=True):
                    read[(part == name) & (genome == place)] = first[taken]
    return read


def predict_maps(
    network: keras.Model, inputs: Inputs, rows: np.ndarray, read: np.ndarray, bins: int
) -> np.ndarray:
    """Maps float32 (rows, bins, bins) of the middle of windows; DNA that recurs is run once.

    `read` is, of each of `rows`, the row whose DNA is its input.
    """
    places, back = np.unique(inputs.data.genome[read], return_inverse=True)
    firsts = np.array([read[np.flatnonzero(back == number)[0]] for number in range(len(places))])
    maps = [
        middle(predict_rows(network, inputs.of(firsts[at : at + BATCH]), BATCH), bins)
        for at in range(0, len(firsts), BATCH)
    ]
    return np.concatenate(maps)[back]


def main(
    dataset: str,
    embeddings: str,
    weights: dict[str, list[str]],
    *,
    variants: dict[str, dict],
    crop: int,
    most_train: int,
    gpu: int,
    threads: int,
    out: dict[str, list[str]],
) -> None:
    """Write the predictions (`write_predictions`) of each model and seed.

    Parameters
    ----------
    dataset, embeddings
        As in training.
    weights, out
        Networks by model, in the order of its seeds, and what is written for each.
    variants
        What each model is (`sequence_presets.variants`); its parts are those of its split.
    crop
        Bins left off each side.
    most_train
        Places of the training part that are predicted; 0: all.
    gpu, threads
        What the job may use.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    with ExitStack() as opened:
        data = opened.enter_context(EnhancementData(dataset))
        networks: dict[tuple, keras.Model] = {}  # what differs in weights alone is one network
        for model, files in weights.items():
            variant = variants[model]
            inputs = Inputs(data)
            if variant["embedded"]:
                inputs = Inputs(data, opened.enter_context(closing(WindowEmbeddings(embeddings))))
            part = getattr(data, variant["column"])
            rows = chosen_rows(part, data.genome, most_train)
            read = read_rows(part, data.genome, variant["shuffled"])[rows]
            for source, target in zip(files, out[model], strict=True):
                kind = variant["head"], variant["embedded"]
                if kind not in networks:
                    networks[kind] = keras.models.load_model(source, compile=False)
                network = networks[kind]
                network.load_weights(source)
                maps = predict_maps(network, inputs, rows, read, data.window_bins - 2 * crop)
                write_predictions(
                    target, kind=data.kind, index=rows, part=part[rows], prediction=maps
                )
                log.info("%s: %d maps of %d places", Path(target).name, len(maps),
                         len(np.unique(data.genome[read])))  # fmt: skip


def by_model(files: list[str]) -> dict[str, list[str]]:
    """Files named MODEL.seedSEED.* by model, in their order."""
    found: dict[str, list[str]] = {}
    for file in files:
        found.setdefault(re.match(r"(.+)\.seed\d+\.", Path(file).name)[1], []).append(file)
    return found


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        embeddings=str(snakemake.input.get("embeddings", "")),
        weights=by_model(list(snakemake.input.weights)),
        out=by_model(list(snakemake.output.predictions)),
    )
