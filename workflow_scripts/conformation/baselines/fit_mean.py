"""Baseline: the mean contact at each distance, that is, O/E of 1 everywhere."""

import numpy as np

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import split_first_bins
from workflow_scripts.conformation.evaluation.predictions import MapPrediction


def main(dataset: str, *, prediction: str) -> None:
    """Write the `MapPrediction` of O/E = 1 for a cell's data."""
    data = ConformationData.load(dataset)
    first_bins = split_first_bins(data, "test")
    pixels = data.window * (data.window + 1) // 2
    ones = np.ones((len(first_bins), pixels))
    MapPrediction.from_windows(data, first_bins, ones).save(prediction)


if __name__ == "__main__":
    run_script(main, snakemake)
