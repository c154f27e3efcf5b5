"""Gradients of the backward network's σ with respect to contacts (Farré 2018, Figure 5)."""

import logging

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import (
    fill_masked,
    flip_maps,
    pixel_index,
    split_first_bins,
    window_maps,
)
from workflow_scripts.conformation.evaluation.metric_rows import active_bins
from workflow_scripts.conformation.evaluation.sigma import network_sigma
from workflow_scripts.conformation.interpretation.gradient_windows import (
    GradientWindow,
    choose_positions,
    find_window,
    observed_map,
    subsample_windows,
)
from workflow_scripts.conformation.interpretation.gradients import gradients_at, output_gradients

log = logging.getLogger("chromaloom")


def sigma_states(sigma: np.ndarray, inactive_below: float, active_above: float) -> np.ndarray:
    """State of bins by their σ (Farré 2018, Figure 5b: "inactive (σ ≈ 0) or active (σ ≈ 1)").

    1 above `active_above`, 0 below `inactive_below`, else NaN; float64 of the shape of σ.
    """
    states = np.full(np.shape(sigma), np.nan)
    states[sigma < inactive_below] = 0
    states[sigma > active_above] = 1
    return states


def center_activity(active: np.ndarray, first_bins: np.ndarray, w: int) -> np.ndarray:
    """State (1, 0 or NaN) of the middle bin of windows, then of the flipped windows; (2W,)."""
    inner = np.asarray(first_bins) + w
    return np.concatenate([active[inner + w // 2], active[inner + w - 1 - w // 2]])


def activity_table(
    network: keras.Model, maps: np.ndarray, active: np.ndarray, w: int, size: int
) -> pd.DataFrame:
    """Mean and mean square over windows of ∂σ_k/∂P(c_ij), k = w // 2, by state of that middle bin.

    Parameters
    ----------
    network
        (batch, P) O/E to (batch, w) σ.
    maps : float array, shape=(W, P)
        Maps of windows, without NaN.
    active : float array, shape=(W,)
        State of the middle bin: 1 active, 0 inactive, NaN neither.
    w, size
        Bins of a window; bin size (bp).

    Returns
    -------
    pandas.DataFrame
        One row per group (inactive, active, all) and pixel i <= j: start_i, start_j (bp relative to
        the start of the middle bin), mean, mean_square (σ per unit of O/E; NaN if the group has no
        window), windows.
    """
    groups = {"inactive": active == 0, "active": active == 1, "all": np.ones(len(maps), bool)}
    total = {name: np.zeros((2, maps.shape[1])) for name in groups}
    row = 0
    for found in output_gradients(network, maps, [w // 2]):
        found = found[:, 0].astype("float64")
        for name, chosen in groups.items():
            of_group = found[chosen[row : row + len(found)]]
            total[name] += [of_group.sum(0), (of_group**2).sum(0)]
        row += len(found)
    i, j = pixel_index(w)
    tables = []
    for name, chosen in groups.items():
        number = int(chosen.sum())
        with np.errstate(invalid="ignore"):
            mean, square = total[name] / number
        tables.append(
            pd.DataFrame(
                {
                    "group": name,
                    "start_i": (i - w // 2) * size,
                    "start_j": (j - w // 2) * size,
                    "mean": mean,
                    "mean_square": square,
                    "windows": number,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def map_table(
    window: GradientWindow, observed: np.ndarray, positions: list[int], gradients: np.ndarray
) -> pd.DataFrame:
    """Pixels of the inner window: observed O/E, and the gradient of σ at each position.

    Columns chrom, start_i, start_j (bp), observed, k (number of the position, from 1), start_k
    (bp), gradient.
    """
    inner = window.starts[window.w : 2 * window.w]
    i, j = pixel_index(window.w)
    rows = [
        pd.DataFrame(
            {
                "chrom": window.chrom,
                "start_i": inner[i],
                "start_j": inner[j],
                "observed": observed,
                "k": number,
                "start_k": inner[k],
                "gradient": gradient,
            }
        )
        for number, (k, gradient) in enumerate(zip(positions, gradients, strict=True), start=1)
    ]
    return pd.concat(rows, ignore_index=True)


def main(
    dataset: str,
    weights: str,
    forward: str,
    annotation: str,
    *,
    cell: str,
    settings: dict,
    where: str,
    seed: int,
    gpu: int,
    threads: int,
    maps: str,
    sigma: str,
    means: str,
) -> None:
    """Write the tables of Figure 5a (`maps`, `sigma`) and Figure 5b (`means`).

    Masked pixels are 1, as in the training of the network.

    Parameters
    ----------
    dataset, weights, forward, annotation
        A cell's data, its backward network, the forward network whose σ was the target, and the
        activity of the bins, which `group_by` of the settings may ask for.
    cell
        Name of the cell, for messages.
    settings, where
        The config's section `conformation.gradients`; config file and section, for error messages.
    seed, gpu, threads
        As for `prepare_device`.
    maps, sigma, means
        Tables to write: `map_table`; start, sigma, backward of the inner window; `activity_table`.
    """
    prepare_device(gpu=gpu, threads=threads, seed=seed)
    data = ConformationData.load(dataset)
    w = data.window
    network = keras.models.load_model(weights, compile=False)
    window = find_window(data, settings["region"], f"{where}.region")
    positions = choose_positions(window, settings["positions"], f"{where}.positions")
    observed = observed_map(data, window)
    filled = fill_masked(observed[None])
    gradients = gradients_at(network, filled, positions)[0]
    forward_sigma = network_sigma(keras.models.load_model(forward, compile=False), data.profiles)
    sigma_table = pd.DataFrame(
        {
            "start": window.starts[w : 2 * w],
            "sigma": forward_sigma[window.first + w : window.first + 2 * w, 0],
            "backward": network.predict(filled, verbose=0)[0],
        }
    )
    if settings["group_by"] == "sigma":
        cutoffs = settings["inactive_below"], settings["active_above"]
        active = sigma_states(forward_sigma[:, 0], *cutoffs)
    else:
        active = active_bins(pd.read_csv(annotation, sep="\t", dtype={"active": str, "chrom": str}))
    first_bins = subsample_windows(split_first_bins(data, "test"), settings["max_windows"])
    windows = fill_masked(window_maps(data.oe, first_bins, w))
    mean_table = activity_table(
        network,
        np.concatenate([windows, flip_maps(windows, w)]),
        center_activity(active, first_bins, w),
        w,
        data.resolution,
    )
    counts = mean_table.groupby("group").windows.first().to_dict()
    log.info("cell %s: windows by %s of their middle bin: %s", cell, settings["group_by"], counts)
    middle = forward_sigma[first_bins + w + w // 2, 0]
    for name in (name for name, number in counts.items() if not number):
        log.warning(
            "cell %s: no test window has an %s middle bin by %s: its panel of Figure 5b is empty;"
            " σ of the middle bins is %.3g to %.3g; fix: %s.group_by, inactive_below, active_above",
            cell, name, settings["group_by"], middle.min(), middle.max(), where,
        )  # fmt: skip
    for path, table in (
        (maps, map_table(window, observed, positions, gradients)),
        (sigma, sigma_table),
        (means, mean_table),
    ):
        with atomic_path(path) as temporary:
            table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    run_script(main, snakemake)
