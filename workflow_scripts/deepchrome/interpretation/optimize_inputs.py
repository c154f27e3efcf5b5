"""Class maps (Figure 5): inputs that the trained networks of a cell take for high or low."""

import logging

import keras
import numpy as np

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.figures.mark_roles import CLASSES
from workflow_scripts.deepchrome.interpretation.active_bins import bound_map
from workflow_scripts.deepchrome.interpretation.input_optimization import optimise

log = logging.getLogger("chromaloom")


def input_scale(data: Marks, scale: str) -> np.ndarray:
    """Counts that 1 of a map stands for, float32, shape=(marks,): 1, or the marks' 99 % quantiles.

    Quantiles are over all bins of the training genes, and at least 1.
    """
    if scale == "counts":
        return np.ones(len(data.marks), "float32")
    values = data.values[data.part == "train"]
    return np.maximum(np.quantile(values, 0.99, axis=(0, 1)), 1).astype("float32")


def main(
    datasets: dict[str, str],
    weights: dict[str, list[str]],
    *,
    settings: dict,
    seed: int,
    gpu: int,
    threads: int,
    out: str,
) -> None:
    """Write an NPZ with the maps of all cells, both classes and every start.

    maps : float32, shape=(cells, classes, starts, bins, marks), in [0, 1];
    probability : float32, shape=(cells, classes, starts), of the class, before bounding;
    scale : float32, shape=(cells, marks); cell, class_name, mark : str.

    The networks of a cell's seeds are optimised together: their mean log-probability counts. Starts
    are uniform in [0, 1] and the same for both classes and all cells.
    """
    prepare_device(gpu=gpu, threads=threads, seed=seed)
    starts, maps, probabilities, scales = settings["starts"], [], [], []
    for number, (cell, path) in enumerate(datasets.items(), start=1):
        data = Marks.load(path)
        networks = [keras.models.load_model(file, compile=False) for file in weights[cell]]
        shape = (starts, *data.values.shape[1:])
        begin = np.random.default_rng(seed).random(shape, "float32")
        scales.append(input_scale(data, settings["scale"]))
        found, probability = optimise(
            networks,
            np.concatenate([begin] * len(CLASSES)),
            np.repeat(np.arange(len(CLASSES)), starts),
            recipe=settings["recipe"],
            steps=settings["steps"],
            decay=settings["decay"],
            rate=settings.get("rate"),
            scale=scales[-1],
        )
        maps.append(bound_map(found, settings["recipe"]).reshape(len(CLASSES), *shape))
        probabilities.append(probability.reshape(len(CLASSES), starts))
        said = [f"{c} {p:.3f}" for c, p in zip(CLASSES, probabilities[-1].mean(1), strict=True)]
        log.info("cell %s (%d of %d): P(class) %s", cell, number, len(datasets), ", ".join(said))
    with atomic_path(out) as temporary:
        np.savez_compressed(
            temporary,
            maps=np.stack(maps),
            probability=np.stack(probabilities),
            scale=np.stack(scales),
            cell=np.array(list(datasets)),
            class_name=np.array(CLASSES),
            mark=data.marks,
        )


if __name__ == "__main__":
    with script_job(snakemake):
        cells, files = snakemake.params.cells, list(snakemake.input.weights)
        each = len(files) // len(cells)
        main(
            dict(zip(cells, snakemake.input.datasets, strict=True)),
            {cell: files[n * each : (n + 1) * each] for n, cell in enumerate(cells)},
            settings=snakemake.params.settings,
            seed=snakemake.params.seed,
            gpu=snakemake.resources.gpu,
            threads=snakemake.threads,
            out=snakemake.output.maps,
        )
