"""Write the predicted maps of a cell as .mcool, for HiGlass and cooltools."""

import numpy as np

from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.evaluation.map_files import (
    bin_ids,
    ensemble_pixels,
    write_pixels,
)
from workflow_scripts.conformation.evaluation.predictions import MapPrediction


def main(
    dataset: str,
    predictions: list[str],
    chrom_sizes: str,
    *,
    networks: list[tuple[str, int]],
    models: list[str],
    maps: list[str],
) -> None:
    """Write O/E of the test split by each model: the mean over its networks, and their spread.

    Parameters
    ----------
    dataset, predictions
        A cell's data; predicted map (`MapPrediction`) of each of `networks`.
    chrom_sizes
        Table of chromosome lengths.
    networks
        Model and seed of each prediction.
    models, maps
        Models, and the file to write of each.
    """
    data, sizes = ConformationData.load(dataset), read_sizes(chrom_sizes)
    for model, path in zip(models, maps, strict=True):
        files = [file for file, (name, _) in zip(predictions, networks, strict=True)
                 if name == model]  # fmt: skip
        found = [MapPrediction.load(file) for file in files]
        bins = found[0].bins
        ids = bin_ids(data.chrom[bins], data.start[bins], sizes, data.resolution)
        pixels = ensemble_pixels(np.stack([one.band for one in found]), ids)
        write_pixels(iter([pixels]), sizes, data.resolution, path)


if __name__ == "__main__":
    run_script(main, snakemake)
