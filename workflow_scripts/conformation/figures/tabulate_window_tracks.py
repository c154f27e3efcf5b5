"""Correlation within every test window, of maps and of σ, by the window's place."""

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.evaluation.predictions import MapPrediction


def track(data: ConformationData, firsts: pd.Series, model: str, seed: int, r) -> pd.DataFrame:
    """Rows of one model's windows; position is the middle of the inner window, bp."""
    left = data.start[firsts + data.window]
    right = data.end[firsts + 2 * data.window - 1]
    return pd.DataFrame({"model": model, "seed": seed, "chrom": data.chrom[firsts],
                         "position": (left + right) // 2, "window_r": r})  # fmt: skip


def main(
    data: str,
    predictions: dict[tuple[str, int], str],
    backward: dict[int, str],
    *,
    out: str,
) -> None:
    """Write columns model, seed, chrom, position (bp), window_r.

    Parameters
    ----------
    data
        The cell.
    predictions
        Predicted maps by model and seed.
    backward
        Tables of the backward network's test windows by seed (columns first, window_r).
    out
        The table.
    """
    found = ConformationData.load(data)
    tables = []
    for (model, seed), path in predictions.items():
        prediction = MapPrediction.load(path)
        tables.append(track(found, prediction.firsts, model, seed, prediction.window_r))
    for seed, path in backward.items():
        windows = pd.read_csv(path, sep="\t")
        firsts = windows["first"].to_numpy()
        tables.append(track(found, firsts, "backward", seed, windows.window_r.to_numpy()))
    with atomic_path(out) as temporary, gzip_writer(temporary) as handle:
        pd.concat(tables).to_csv(handle, sep="\t", index=False, float_format="%.4g")


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        predictions=dict(
            zip(
                [tuple(run) for run in snakemake.params.runs],
                snakemake.input.predictions,
                strict=True,
            )
        ),
        backward=dict(zip(snakemake.params.seeds, snakemake.input.backward, strict=True)),
        out=snakemake.output.table,
    )
