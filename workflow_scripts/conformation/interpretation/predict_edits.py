"""In-silico edits: predicted change of the map when profiles of a region are altered."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.config.plan import Edit
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import contiguous_runs
from workflow_scripts.conformation.data.windows import (
    Segment,
    average_maps,
    flip_maps,
    flip_profiles,
    window_first_bins,
    window_profiles,
)
from workflow_scripts.conformation.evaluation.predictions import log_predicted
from workflow_scripts.conformation.interpretation.gradient_windows import data_region

# this import also registers the layers of the pairwise network, which loading it needs
from workflow_scripts.conformation.models.pairwise import predict_band

log = logging.getLogger("chromaloom")

PAIRWISE = "forward_pairwise"


@dataclass(frozen=True)
class EditedBins:
    """Bins of an edit; all are indices [first, stop) into the data's bins.

    Attributes
    ----------
    edited : tuple of int
        Bins that overlap the region.
    shown : tuple of int
        The edited bins and w more on either side, as far as the run extends.
    run : tuple of int
        Adjacent bins of the chromosome without a gap.
    """

    edited: tuple[int, int]
    shown: tuple[int, int]
    run: tuple[int, int]


def find_edited_bins(data: ConformationData, edit: Edit, where: str) -> EditedBins:
    """Bins of an edit.

    Raises
    ------
    UserError
        The region is not in the data, spans a gap, or lies in a run shorter than a receptive field.
    """
    key = f"{where}: edit {edit.name!r}"
    chrom, start, end = data_region(data, edit.region, key)
    bins = np.flatnonzero((data.chrom == chrom) & (data.end > start) & (data.start < end))
    if not len(bins):
        raise UserError(
            f"{key}: {edit.region!r} overlaps no bin of the data; expected: a region with bins"
        )
    first, stop = int(bins[0]), int(bins[-1]) + 1
    runs = contiguous_runs(data.chrom, data.start // data.resolution)
    run = next(run for run in runs if run[0] <= first < run[1])
    if stop > run[1]:
        raise UserError(
            f"{key}: {edit.region!r} spans bins that are missing in the data;"
            " expected: a region without gaps"
        )
    if run[1] - run[0] < 3 * data.window:
        raise UserError(
            f"{key}: {edit.region!r} lies in a run of {run[1] - run[0]} bins without a gap;"
            f" expected: at least {3 * data.window}"
        )
    shown = max(run[0], first - data.window), min(run[1], stop + data.window)
    return EditedBins(edited=(first, stop), shown=shown, run=run)


def apply_edit(
    profiles: np.ndarray, factors: np.ndarray, edit: Edit, bins: tuple[int, int]
) -> np.ndarray:
    """Edited copy of the profiles.

    Parameters
    ----------
    profiles : float array, shape=(M, N)
        Values from 0 to 1.
    factors : str array, shape=(M,)
        Names of the factors; profiles of the same name are all edited.
    edit, bins
        The edit, and the bins to edit, [first, stop).
    """
    edited = np.array(profiles)
    for action, names, value in edit.steps:
        rows = np.flatnonzero(np.isin(factors, names))
        block = np.ix_(rows, np.arange(*bins))
        edited[block] = {"set": value, "delete": 0}.get(action, 1 - edited[block])
    return edited


def predict_windows(
    network: keras.Model, profiles: np.ndarray, first_bins: np.ndarray, w: int
) -> np.ndarray:
    """Maps (W, P) of windows, each the mean of the prediction and that of the flipped window."""
    values = window_profiles(profiles, first_bins, w)
    forward, flipped = (
        network.predict(x, batch_size=256, verbose=0) for x in (values, flip_profiles(values))
    )
    return (forward + flip_maps(flipped, w)) / 2


def average_band(
    predict: Callable[[np.ndarray, np.ndarray], np.ndarray],
    profiles: np.ndarray,
    bins: EditedBins,
    w: int,
) -> np.ndarray:
    """Predicted map of the bins shown, each pixel averaged over all windows that contain it.

    Parameters
    ----------
    predict
        Profiles (M, N) and first bins (W,) to the windows' maps (W, P), O/E.
    profiles : float array, shape=(M, N)
        Profiles, edited or not.
    bins
        Bins of the edit. Windows may extend over several splits.
    w
        Bins of a window.

    Returns
    -------
    float64 array, shape=(bins shown, w)
        NaN where no window contains the pixel, or its bins are not both shown.
    """
    low, high = bins.shown
    start, stop = max(bins.run[0], low - 2 * w + 1), min(bins.run[1], high + 2 * w)
    first_bins = window_first_bins(start, stop, w)
    averaged = average_maps(predict(profiles, first_bins), first_bins, w, bins.run[1])
    return mask_beyond(averaged[low:high])


def mask_beyond(band: np.ndarray) -> np.ndarray:
    """Band (n, w) with NaN in pairs whose second bin is beyond its bins."""
    i, d = np.indices(band.shape)
    return np.where(i + d < len(band), band, np.nan)


def predict_shown(
    network: keras.Model, profiles: np.ndarray, bins: EditedBins, w: int
) -> np.ndarray:
    """Predicted O/E of the bins shown, float64 (n, w), by a forward or a pairwise network."""
    if network.name != PAIRWISE:
        return average_band(partial(predict_windows, network, w=w), profiles, bins, w)
    margin = network.get_layer("encode").kernel_size // 2
    low, high = bins.shown
    segment = Segment("", "", max(bins.run[0], low - margin), min(bins.run[1], high + margin))
    return mask_beyond(np.exp(predict_band(network, profiles, [segment], w, margin)[low:high]))


def compare_bands(before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
    """Summary of the predictions of several seeds.

    Parameters
    ----------
    before, after : float arrays, shape=(seeds, n, w)
        Predicted O/E.

    Returns
    -------
    dict of float32 arrays, shape=(n, w)
        before, after: means over seeds. log2_ratio: mean over seeds of log2(after / before), O/E
        clipped at 0.01. spread: its standard deviation; NaN for one seed.
    """
    ratio = (log_predicted(after) - log_predicted(before)) / np.log(2)
    return {
        "before": before.mean(0).astype("float32"),
        "after": after.mean(0).astype("float32"),
        "log2_ratio": ratio.mean(0).astype("float32"),
        "spread": (
            ratio.std(0, ddof=1) if len(ratio) > 1 else np.full_like(ratio[0], np.nan)
        ).astype("float32"),
    }


def change_table(
    data: ConformationData,
    edit: Edit,
    bins: EditedBins,
    model: str,
    change: dict[str, np.ndarray],
) -> pd.DataFrame:
    """One row per pixel of the bins shown: observed O/E, and the summary of `compare_bands`."""
    low, high = bins.shown
    i, d = np.indices(change["before"].shape)
    i, d = i[i + d < high - low], d[i + d < high - low]
    edited = edited_mask(data, bins)
    first, second = low + i, low + i + d
    return pd.DataFrame(
        {
            "edit": edit.name,
            "cell": edit.cell,
            "model": model,
            "chrom": data.chrom[first],
            "start1": data.start[first],
            "end1": data.end[first],
            "start2": data.start[second],
            "end2": data.end[second],
            "edited1": edited[first].astype(int),
            "edited2": edited[second].astype(int),
            "observed": data.oe[first, d],
            **{name: band[i, d] for name, band in change.items()},
        }
    )


def edited_mask(data: ConformationData, bins: EditedBins) -> np.ndarray:
    """Whether each of the data's bins is edited, bool (N,)."""
    edited = np.zeros(len(data.split), bool)
    edited[slice(*bins.edited)] = True
    return edited


def predict_change(
    networks: list[keras.Model], data: ConformationData, edited: np.ndarray, bins: EditedBins
) -> dict[str, np.ndarray]:
    """`compare_bands` of the networks of one model, for the data's and the edited profiles."""
    before, after = (
        np.stack([predict_shown(network, profiles, bins, data.window) for network in networks])
        for profiles in (data.profiles, edited)
    )
    return compare_bands(before, after)


def main(
    edits: list[dict],
    datasets: dict[str, str],
    weights: dict[tuple[str, str, int], str],
    *,
    where: str,
    seed: int,
    gpu: int,
    threads: int,
    maps: list[str],
    tables: list[str],
) -> None:
    """Write an NPZ file and a table per edit.

    The NPZ file contains chrom, start, end, edited (n bins shown: the edited bins and w on either
    side), model (names), and before, after, log2_ratio, spread: float32 (models, n, w), pixel
    [bin, d] of two bins at distance d, mean over the seeds of a model, NaN where no window contains
    the pixel. Edits may lie in any split: the log names the splits.

    Parameters
    ----------
    edits
        Fields of each `Edit`.
    datasets, weights
        Data by cell; networks by cell, model and seed.
    where
        Config file and section, for error messages.
    seed, gpu, threads
        As for `prepare_device`.
    maps, tables
        NPZ files and tables to write, in the order of `edits`.

    Raises
    ------
    UserError
        The region of an edit is not in the data.
    """
    prepare_device(gpu=gpu, threads=threads, seed=seed)
    data = {cell: ConformationData.load(path) for cell, path in datasets.items()}
    planned = [Edit(**edit) for edit in edits]
    # all regions before any prediction: a mistake in the last edit is reported at once
    all_bins = [find_edited_bins(data[edit.cell], edit, where) for edit in planned]
    networks: dict[tuple[str, str], list[keras.Model]] = {}
    for (cell, model, _), path in weights.items():
        network = keras.models.load_model(path, compile=False)
        networks.setdefault((cell, model), []).append(network)
    for edit, bins, map_path, table_path in zip(planned, all_bins, maps, tables, strict=True):
        of_cell = data[edit.cell]
        splits = ", ".join(dict.fromkeys(of_cell.split[slice(*bins.edited)].tolist()))
        edited = apply_edit(of_cell.profiles, of_cell.factors, edit, bins.edited)
        changed = int((edited != of_cell.profiles).sum())
        log.info(
            "edit %s (%s): %d values change, split %s", edit.name, edit.description, changed, splits
        )
        if not changed:
            log.warning("edit %s changes no profile and therefore no map", edit.name)
        changes = {}
        for (cell, model), of_model in networks.items():
            if cell == edit.cell:
                changes[model] = predict_change(of_model, of_cell, edited, bins)
                largest = np.nanmax(np.abs(changes[model]["log2_ratio"]), initial=0)
                log.info("edit %s, %s: maximum |log2 ratio| %.3f", edit.name, model, largest)
        shown = slice(*bins.shown)
        summaries = list(changes.values())
        with atomic_path(map_path) as temporary, Path(temporary).open("wb") as handle:
            np.savez_compressed(
                handle,
                chrom=of_cell.chrom[shown],
                start=of_cell.start[shown],
                end=of_cell.end[shown],
                edited=edited_mask(of_cell, bins)[shown],
                model=np.array(list(changes)),
                **{name: np.stack([s[name] for s in summaries]) for name in summaries[0]},
            )
        rows = [change_table(of_cell, edit, bins, *change) for change in changes.items()]
        write_table(pd.concat(rows), table_path, float_format="%.5g")


if __name__ == "__main__":
    run_script(main, snakemake)
