"""Maps that every image model makes of the windows, and the bilinear input itself."""

import logging
from pathlib import Path

import keras
import numpy as np

from workflow_scripts.chromaloom.ml.device import prepare_device, reset_session
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation.predictions import write_predictions
from workflow_scripts.enhancement.models.image_models import BATCH

log = logging.getLogger("chromaloom")


def predicted_rows(data: EnhancementData, most_train: int) -> np.ndarray:
    """Rows that are predicted: all but train, of which at most some, evenly spread; ascending."""
    train, others = data.rows("train"), np.flatnonzero((data.part != "train") & (data.part != ""))
    if len(train) > most_train:
        train = train[np.linspace(0, len(train) - 1, most_train).astype(int)]
    return np.sort(np.concatenate([train, others]))


def generate(network: keras.Model, data: EnhancementData, rows: np.ndarray) -> np.ndarray:
    """What a network makes of the windows' inputs: float32 (n, b, b)."""
    found = []
    for first in range(0, len(rows), BATCH):
        low = data.maps_of("low", rows[first : first + BATCH])
        found.append(np.asarray(network.predict_on_batch(low[..., None]))[..., 0])
    return np.concatenate(found)


def main(
    dataset: str,
    weights: list[str],
    *,
    crop: int,
    most_train: int,
    gpu: int,
    threads: int,
    downsampled: str,
    out: list[str],
) -> None:
    """Write the `Predictions` of each network, and of the input itself.

    Parameters
    ----------
    dataset
        `EnhancementData` of kind image.
    weights
        Trained generators.
    crop
        Bins that generated maps lack on each side.
    most_train
        Most training windows that are predicted.
    gpu, threads
        As for every prediction.
    downsampled, out
        What is written: the input cropped, and each network's maps, in the order of `weights`.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    with EnhancementData(dataset) as data:
        rows = predicted_rows(data, most_train)
        about = {"kind": data.kind, "index": rows, "part": data.part[rows]}
        inside = slice(crop, data.window_bins - crop)
        low = data.maps_of("low", rows)[:, inside, inside]
        write_predictions(downsampled, **about, prediction=low)
        for number, (source, target) in enumerate(zip(weights, out, strict=True), start=1):
            reset_session(0)
            network = keras.models.load_model(source, compile=False)
            write_predictions(target, **about, prediction=generate(network, data, rows))
            log.info("%d/%d: %s, %d windows", number, len(out), Path(source).stem, len(rows))


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        downsampled=snakemake.output.downsampled[0],
        out=list(snakemake.output.maps),
    )
