"""Table of measured and predicted O/E of the region of Figure 2a."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import figure_bins
from workflow_scripts.conformation.evaluation.predictions import MapPrediction


def main(
    dataset: str,
    predictions: dict[str, str],
    *,
    region: str,
    max_region_length: int,
    table: str,
) -> None:
    """Write one row per pair of bins of the region, up to w - 1 bins apart.

    Parameters
    ----------
    dataset, predictions
        A cell's data, and the predicted map of each model.
    region, max_region_length
        As for `figure_bins`.
    table
        Gzipped TSV to write: chrom, start_i, start_j (bp), i, j (bins, 0 is the region's first),
        observed, and a column per model; O/E, empty where unknown.
    """
    data = ConformationData.load(dataset)
    columns = {name: getattr(data, name) for name in ("chrom", "start", "end", "split")}
    bins = figure_bins(
        pd.DataFrame(columns), region, max_region_length=max_region_length, flank=data.window
    )
    i, d = np.meshgrid(np.arange(len(bins)), np.arange(data.window), indexing="ij")
    i, d = i[i + d < len(bins)], d[i + d < len(bins)]
    pixels = pd.DataFrame({"chrom": data.chrom[bins[i]], "start_i": data.start[bins[i]],
                           "start_j": data.start[bins[i + d]], "i": i, "j": i + d,
                           "observed": data.oe[bins[i], d]})  # fmt: skip
    for model, path in predictions.items():
        prediction = MapPrediction.load(path)
        band = np.full(data.oe.shape, np.nan, "float32")
        band[prediction.bins] = prediction.band
        pixels[model] = band[bins[i], d]
    with atomic_path(table) as temporary, gzip_writer(temporary) as handle:
        pixels.to_csv(handle, sep="\t", index=False, float_format="%.4g")


if __name__ == "__main__":
    run_script(main, snakemake)
