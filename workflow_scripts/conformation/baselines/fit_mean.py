"""The distance-only baseline: O/E is 1 everywhere."""

import numpy as np

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import part_firsts
from workflow_scripts.conformation.evaluation.predictions import MapPrediction


def main(dataset: str, *, out: str) -> None:
    """Write the `MapPrediction` of the mean contact at each distance, whose O/E is 1."""
    data = ConformationData.load(dataset)
    firsts = part_firsts(data, "test")
    pixels = data.window * (data.window + 1) // 2
    MapPrediction.of(data, firsts, np.ones((len(firsts), pixels))).save(out)


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.predictions)
