"""Figure 4b's numbers: what the convolution gives at each bin, on average over test genes."""

import logging

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.deepchrome.data.marks import Marks

log = logging.getLogger("chromaloom")
LAYER, BATCH = "convolution", 512


def mean_feature_map(network: keras.Model, values: np.ndarray) -> np.ndarray:
    """Mean of the rectified first convolution over genes and filters; float64, shape=(positions,).

    `values` has shape (genes, bins, marks).
    """
    layer = keras.Model(network.input, network.get_layer(LAYER).output)
    total = 0.0
    for first in range(0, len(values), BATCH):
        maps = keras.ops.convert_to_numpy(layer(values[first : first + BATCH], training=False))
        total = total + maps.mean(axis=2, dtype="float64").sum(axis=0)
    return total / len(values)


def main(
    datasets: dict[str, str],
    weights: dict[str, list[str]],
    *,
    bin_size: int,
    gpu: int,
    threads: int,
    out: str,
) -> None:
    """Write cell, position, offset, value, relative; one row per cell and position.

    `offset` is the centre of the filter's window in bp from the TSS, `value` the mean over the
    test genes, filters and the networks of all seeds, `relative` the value over the cell's mean, so
    that deeply sequenced cells count as much as others.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    tables = []
    for cell, path in datasets.items():
        data = Marks.load(path)
        values, n_bins = data.values[data.part == "test"], data.values.shape[1]
        maps = [mean_feature_map(keras.models.load_model(file, compile=False), values)
                for file in weights[cell]]  # fmt: skip
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
    with atomic_path(out) as temporary:
        pd.concat(tables).to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    with script_job(snakemake):
        cells, files = snakemake.params.cells, list(snakemake.input.weights)
        each = len(files) // len(cells)
        main(
            dict(zip(cells, snakemake.input.datasets, strict=True)),
            {cell: files[n * each : (n + 1) * each] for n, cell in enumerate(cells)},
            bin_size=snakemake.params.bin_size,
            gpu=snakemake.resources.gpu,
            threads=snakemake.threads,
            out=snakemake.output.table,
        )
