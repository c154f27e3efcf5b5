"""Table of the correlations within test windows, of maps and of σ, by position."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.evaluation.predictions import MapPrediction


def window_rows(
    data: ConformationData, first_bins: np.ndarray, model: str, seed: int, r: np.ndarray
) -> pd.DataFrame:
    """Rows of the windows of one model; position is the middle of the inner window (bp)."""
    left = data.start[first_bins + data.window]
    right = data.end[first_bins + 2 * data.window - 1]
    return pd.DataFrame({"model": model, "seed": seed, "chrom": data.chrom[first_bins],
                         "position": (left + right) // 2, "window_r": r})  # fmt: skip


def main(
    dataset: str,
    predictions: dict[tuple[str, int], str],
    backward: dict[int, str],
    *,
    table: str,
) -> None:
    """Write columns model, seed, chrom, position (bp), window_r.

    Parameters
    ----------
    dataset, predictions
        A cell's data, and the predicted maps by model and seed.
    backward
        Tables of the backward network's test windows by seed (columns first_bin, window_r).
    table
        Gzipped TSV to write.
    """
    data = ConformationData.load(dataset)
    rows = []
    for (model, seed), path in predictions.items():
        prediction = MapPrediction.load(path)
        rows.append(window_rows(data, prediction.first_bins, model, seed, prediction.window_r))
    for seed, path in backward.items():
        windows = pd.read_csv(path, sep="\t")
        r = windows.window_r.to_numpy()
        rows.append(window_rows(data, windows.first_bin.to_numpy(), "backward", seed, r))
    with atomic_path(table) as temporary, gzip_writer(temporary) as handle:
        pd.concat(rows).to_csv(handle, sep="\t", index=False, float_format="%.4g")


if __name__ == "__main__":
    run_script(main, snakemake)
