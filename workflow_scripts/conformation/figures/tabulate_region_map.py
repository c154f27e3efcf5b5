"""Measured and predicted O/E of the region that Figure 2a draws, as a table."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.evaluation.predictions import MapPrediction
from workflow_scripts.conformation.figures.drawn_region import drawn_bins


def main(data: str, predictions: dict[str, str], *, region: str, longest: int, out: str) -> None:
    """Write a row per pair of bins of the region, up to w - 1 bins apart.

    Parameters
    ----------
    data
        The cell.
    predictions
        Predicted maps by model.
    region, longest
        As `drawn_bins`.
    out
        Table: chrom, start_i, start_j (bp), i, j (bins, 0 for the region's first), observed, and a
        column per model; O/E, empty where unknown.
    """
    found = ConformationData.load(data)
    places = {name: getattr(found, name) for name in ("chrom", "start", "end", "part")}
    bins = drawn_bins(pd.DataFrame(places), region, longest=longest, flank=found.window)
    i, d = np.meshgrid(np.arange(len(bins)), np.arange(found.window), indexing="ij")
    i, d = i[i + d < len(bins)], d[i + d < len(bins)]
    table = pd.DataFrame({"chrom": found.chrom[bins[i]], "start_i": found.start[bins[i]],
                          "start_j": found.start[bins[i + d]], "i": i, "j": i + d,
                          "observed": found.oe[bins[i], d]})  # fmt: skip
    for model, path in predictions.items():
        prediction = MapPrediction.load(path)
        band = np.full(found.oe.shape, np.nan, "float32")
        band[prediction.bins] = prediction.band
        table[model] = band[bins[i], d]
    with atomic_path(out) as temporary, gzip_writer(temporary) as handle:
        table.to_csv(handle, sep="\t", index=False, float_format="%.4g")


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        predictions=dict(zip(snakemake.params.models, snakemake.input.predictions, strict=True)),
        out=snakemake.output.table,
    )
