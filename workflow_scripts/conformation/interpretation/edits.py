"""In-silico edits of profiles, and the part of the map that they can change."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.config.edit_plan import Edit
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import average_maps, window_firsts
from workflow_scripts.conformation.evaluation.predictions import log_predicted
from workflow_scripts.conformation.interpretation.gradient_views import data_region


@dataclass(frozen=True)
class Place:
    """Where an edit acts; all are indices into the data's bins, half-open.

    edited: bins that the region touches; shown: these and w more on either side, as far as the
    data go; run: the bins of the chromosome that follow one another without a gap.
    """

    edited: tuple[int, int]
    shown: tuple[int, int]
    run: tuple[int, int]


def find_place(data: ConformationData, edit: Edit, where: str) -> Place:
    """Find an edit's bins; a `UserError` where the region is off the data or no window holds it."""
    at = f"{where}: edit {edit.name!r}"
    chrom, start, end = data_region(data, edit.region, at)
    bins = np.flatnonzero((data.chrom == chrom) & (data.end > start) & (data.start < end))
    if not len(bins):
        raise UserError(f"{at}: {edit.region!r} holds no bin of the data; allowed: one that does")
    edges = np.flatnonzero((data.chrom[1:] != data.chrom[:-1]) | (data.start[1:] != data.end[:-1]))
    edges = np.concatenate([[0], edges + 1, [len(data.chrom)]])
    first, last = int(bins[0]), int(bins[-1]) + 1
    number = np.searchsorted(edges, first, side="right")
    run = int(edges[number - 1]), int(edges[number])
    if last > run[1]:
        raise UserError(
            f"{at}: {edit.region!r} spans bins that the data lack; allowed: a region without a gap"
        )
    if run[1] - run[0] < 3 * data.window:
        raise UserError(
            f"{at}: {edit.region!r} lies in {run[1] - run[0]} bins without a gap;"
            f" allowed: {3 * data.window} or more"
        )
    shown = max(run[0], first - data.window), min(run[1], last + data.window)
    return Place(edited=(first, last), shown=shown, run=run)


def apply_edit(
    profiles: np.ndarray, factors: np.ndarray, edit: Edit, bins: tuple[int, int]
) -> np.ndarray:
    """Profiles with an edit carried out, a copy.

    Parameters
    ----------
    profiles : float array, shape=(M, N)
        Values 0 to 1.
    factors : str array, shape=(M,)
        Their names; profiles of one name are edited alike.
    edit, bins
        What to do, and in which bins (half-open).
    """
    edited = np.array(profiles)
    for action, names, value in edit.steps:
        rows = np.flatnonzero(np.isin(factors, names))
        here = np.ix_(rows, np.arange(*bins))
        edited[here] = {"set": value, "delete": 0}.get(action, 1 - edited[here])
    return edited


def window_band(
    predict: Callable[[np.ndarray, np.ndarray], np.ndarray],
    profiles: np.ndarray,
    place: Place,
    w: int,
) -> np.ndarray:
    """Predicted map of the bins shown, each pixel averaged over all windows that hold it.

    Parameters
    ----------
    predict
        Takes profiles (M, N) and first bins (W,), gives the windows' maps (W, P), O/E.
    profiles, place, w
        See above; windows may cross the border of two parts.

    Returns
    -------
    float64 array, shape=(bins shown, w)
        NaN where no window holds the pixel, or its bins are not both shown.
    """
    low, high = place.shown
    firsts = window_firsts(max(place.run[0], low - 2 * w + 1), min(place.run[1], high + 2 * w), w)
    return within(average_maps(predict(profiles, firsts), firsts, w, place.run[1])[low:high])


def within(band: np.ndarray) -> np.ndarray:
    """A band (n, w) without the pairs whose second bin lies beyond its bins, which become NaN."""
    i, d = np.indices(band.shape)
    return np.where(i + d < len(band), band, np.nan)


def compare_bands(before: np.ndarray, after: np.ndarray) -> dict[str, np.ndarray]:
    """Summary of predictions of several seeds.

    Parameters
    ----------
    before, after : float arrays, shape=(seeds, n, w)
        Predicted O/E.

    Returns
    -------
    dict of float32 arrays, shape=(n, w)
        before, after (means over seeds), log2_ratio (mean over seeds of log2 after / before, O/E
        below 0.01 counting as 0.01), spread (its standard deviation; NaN for one seed).
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
