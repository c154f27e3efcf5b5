"""Mean output of the convolution by position around the TSS, for Figure 4b."""

import logging

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.models.network import weights_by_cell

log = logging.getLogger("chromaloom")
LAYER, BATCH = "convolution", 512


def mean_feature_map(network: keras.Model, values: np.ndarray) -> np.ndarray:
    """Average the first convolution (after ReLU) over genes and filters; shape=(positions,).

    `values` has shape (genes, bins, marks).
    """
    layer = keras.Model(network.input, network.get_layer(LAYER).output)
    total = 0.0
    for first in range(0, len(values), BATCH):
        maps = keras.ops.convert_to_numpy(layer(values[first : first + BATCH], training=False))
        total = total + maps.mean(axis=2, dtype="float64").sum(axis=0)
    return total / len(values)


def main(
    datasets: list[str],
    weights: list[str],
    *,
    cells: list[str],
    bin_size: int,
    gpu: int,
    threads: int,
    feature_maps: str,
) -> None:
    """Write one row per cell and position: cell, position, offset, value, relative.

    `offset` is the center of the filter's window in bp from the TSS, `value` the mean over test
    genes, filters and the networks of all seeds, and `relative` the value divided by the cell's
    mean, so that sequencing depth has no effect. `weights` lists the networks cell by cell.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    files, tables = weights_by_cell(cells, weights), []
    for cell, path in zip(cells, datasets, strict=True):
        data = Marks.load(path)
        values, n_bins = data.values[data.split == "test"], data.values.shape[1]
        maps = [mean_feature_map(keras.models.load_model(file, compile=False), values)
                for file in files[cell]]  # fmt: skip
        value = np.mean(maps, axis=0)
        position = np.arange(len(value))
        window = n_bins - len(value) + 1
        offset = (position + window / 2 - n_bins / 2) * bin_size
        log.info("cell %s: %d test genes, %d networks", cell, len(values), len(maps))
        tables.append(
            pd.DataFrame(
                {"cell": cell, "position": position, "offset": offset, "value": value,
                 "relative": value / value.mean()}
            )
        )  # fmt: skip
    with atomic_path(feature_maps) as temporary:
        pd.concat(tables).to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    run_script(main, snakemake)
