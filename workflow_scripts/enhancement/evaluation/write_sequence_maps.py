"""Maps of the test windows by the sequence models, as .mcool."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

import h5py
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.cooler_files import first_bins
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.genomics.predicted_maps import write_predicted_map
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.apply.sequence_tiles import Tiling, blend_region, pixel_table
from workflow_scripts.enhancement.data.dataset import EnhancementData

log = logging.getLogger("chromaloom")
SPLITS = ("test", "test_both")  # their regions are held out; those of test_map are trained on


def held_out_windows(data: EnhancementData, made: h5py.File) -> pd.DataFrame:
    """Test windows of predictions, each region once, by chromosome and start.

    Returns
    -------
    DataFrame
        chrom, start (bp), and row of the prediction.
    """
    index = made["index"][:]
    table = pd.DataFrame(
        {"chrom": data.chrom[index], "start": data.start[index], "row": np.arange(len(index))}
    )
    table = table[np.isin(made["split"][:].astype(str), SPLITS)]
    return table.drop_duplicates(["chrom", "start"]).sort_values(["chrom", "start"])


def map_tables(
    data: EnhancementData, files: Sequence[h5py.File], sizes: Mapping[str, int], *,
    ignore_diags: int, predicted: np.ndarray,
) -> Iterator[pd.DataFrame]:  # fmt: skip
    """Pixels of a model, as `write_predicted_map` takes them; overlapping windows are blended.

    Parameters
    ----------
    data, files
        Dataset of kind sequence; predictions of each seed.
    sizes
        Chromosome lengths (bp).
    ignore_diags
        Diagonals that were not trained on and have no pixels.
    predicted
        Bins of the genome, bool; those with a pixel become True.
    """
    windows, offsets = held_out_windows(data, files[0]), first_bins(sizes, data.resolution)
    inner = files[0]["prediction"].shape[-1]
    for chrom in sizes:
        own = windows[windows.chrom == chrom]
        if own.empty:
            continue
        rows = dict(zip((own.start // data.resolution).tolist(), own.row.tolist(), strict=True))
        tiling = Tiling(data.window_bins, inner, list(rows), inner)

        def predict(start: int, rows: dict[int, int] = rows) -> np.ndarray:
            return np.stack([file["prediction"][rows[start]] for file in files])

        for first, bands in blend_region(tiling, predict, len(files)):
            bands[:, :, :ignore_diags] = np.nan
            table = pixel_table(first + offsets[chrom], bands, [])
            predicted[table[["bin1", "bin2"]].to_numpy().ravel()] = True
            yield pd.DataFrame(
                {"bin1_id": table.bin1, "bin2_id": table.bin2, "count": table["mean"],
                 "sd": table.sd}
            )  # fmt: skip


def main(
    dataset: str,
    predictions: list[str],
    chrom_sizes: str,
    *,
    runs: list[tuple[str, int]],
    models: list[str],
    ignore_diags: int,
    maps: list[str],
) -> None:
    """Write O/E of the test windows by each model: the mean over its seeds, and their spread.

    Parameters
    ----------
    dataset, predictions, runs
        Dataset of kind sequence; predictions of each of `runs`, (model, seed).
    chrom_sizes
        Table of chromosome lengths.
    models, maps
        Models, and the file to write of each.
    ignore_diags
        Diagonals that were not trained on and have no pixels.
    """
    sizes = read_sizes(chrom_sizes)
    with EnhancementData(dataset) as data:
        for model, path in zip(models, maps, strict=True):
            with ExitStack() as stack:
                files = [
                    stack.enter_context(h5py.File(file))
                    for file, (name, _) in zip(predictions, runs, strict=True)
                    if name == model
                ]
                predicted = np.zeros(first_bins(sizes, data.resolution)[""], bool)
                about = {
                    "made by": "Chromaloom, enhancement", "model": model,
                    "unit": "observed over expected, predicted",
                }  # fmt: skip
                write_predicted_map(
                    map_tables(data, files, sizes, ignore_diags=ignore_diags, predicted=predicted),
                    sizes=sizes, resolution=data.resolution, metadata=about, mcool=path,
                    predicted=predicted,
                )  # fmt: skip
            log.info("%s: %d bins", model, predicted.sum())


if __name__ == "__main__":
    run_script(main, snakemake)
