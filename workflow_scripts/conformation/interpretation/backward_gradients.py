"""Sensitivity of the backward network's σ to pixels: in one window, and by activity (figure 5)."""

import logging

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import (
    flip_maps,
    part_firsts,
    pixel_index,
    window_maps,
)
from workflow_scripts.conformation.evaluation.sigma import network_sigma
from workflow_scripts.conformation.interpretation.gradient_views import (
    View,
    choose_positions,
    find_view,
    observed_map,
    spread,
)
from workflow_scripts.conformation.interpretation.gradients import gradients_at, output_gradients
from workflow_scripts.conformation.training.fitting import fill_masked

log = logging.getLogger("chromaloom")


def centre_activity(active: np.ndarray, firsts: np.ndarray, w: int) -> np.ndarray:
    """Activity (1, 0, or NaN) of the middle bin of windows as they are, then flipped; (2W,)."""
    middle = np.asarray(firsts) + w
    return np.concatenate([active[middle + w // 2], active[middle + w - 1 - w // 2]])


def activity_table(
    network: keras.Model, maps: np.ndarray, active: np.ndarray, w: int, size: int
) -> pd.DataFrame:
    """Mean and mean square of ∂σ_k/∂P(c_ij), k the window's middle bin w // 2, over windows.

    Parameters
    ----------
    network
        Takes (batch, P) O/E, gives (batch, w) σ.
    maps : float array, shape=(W, P)
        Maps of windows, no NaN.
    active : float array, shape=(W,)
        Whether the middle bin is active (1), inactive (0) or unknown (NaN).
    w, size
        Bins of a window; bin size (bp).

    Returns
    -------
    pandas.DataFrame
        A row per group (inactive, active, all) and pixel i <= j: start_i, start_j (bp from the
        start of the middle bin), mean, mean_square (of σ per unit of O/E; NaN where the group has
        no window), windows.
    """
    groups = {"inactive": active == 0, "active": active == 1, "all": np.ones(len(maps), bool)}
    total = {name: np.zeros((2, maps.shape[1])) for name in groups}
    row = 0
    for found in output_gradients(network, maps, [w // 2]):
        found = found[:, 0].astype("float64")
        for name, chosen in groups.items():
            part = found[chosen[row : row + len(found)]]
            total[name] += [part.sum(0), (part**2).sum(0)]
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


def map_table(view: View, observed: np.ndarray, positions: list[int], found) -> pd.DataFrame:
    """Pixels of the inner window: observed O/E, and the gradient of σ at each position.

    Columns chrom, start_i, start_j (bp), observed, k (number of the position, from 1), start_k
    (bp), gradient.
    """
    inner = view.starts[view.window : 2 * view.window]
    i, j = pixel_index(view.window)
    rows = [
        pd.DataFrame(
            {
                "chrom": view.chrom,
                "start_i": inner[i],
                "start_j": inner[j],
                "observed": observed,
                "k": number,
                "start_k": inner[k],
                "gradient": gradient,
            }
        )
        for number, (k, gradient) in enumerate(zip(positions, found, strict=True), start=1)
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
    out: dict[str, str],
) -> None:
    """Write the tables of figures 5a (`maps`, `sigma`) and 5b (`means`).

    `weights` is the backward network, `forward` the forward one, whose σ it was fitted to;
    `settings` is the config's section `conformation.gradients`. Masked pixels are filled as for the
    network's training.
    """
    prepare_device(gpu=gpu, threads=threads, seed=seed)
    data = ConformationData.load(dataset)
    w = data.window
    network = keras.models.load_model(weights, compile=False)
    view = find_view(data, settings["region"], f"{where}.region")
    positions = choose_positions(view, settings["positions"], f"{where}.positions")
    observed = observed_map(data, view)
    filled = fill_masked(observed[None])
    found = gradients_at(network, filled, positions)[0]
    sigma = network_sigma(keras.models.load_model(forward, compile=False), data.profiles)[:, 0]
    tables = {
        "maps": map_table(view, observed, positions, found),
        "sigma": pd.DataFrame(
            {
                "start": view.starts[w : 2 * w],
                "sigma": sigma[view.first + w : view.first + 2 * w],
                "backward": network.predict(filled, verbose=0)[0],
            }
        ),
    }
    active = pd.read_csv(annotation, sep="\t", dtype={"active": str, "chrom": str}).active
    active = active.map({"True": 1.0, "False": 0.0}).to_numpy(float)
    firsts = spread(part_firsts(data, "test"), settings["windows"])
    maps = fill_masked(window_maps(data.oe, firsts, w))
    tables["means"] = activity_table(
        network,
        np.concatenate([maps, flip_maps(maps, w)]),
        centre_activity(active, firsts, w),
        w,
        data.resolution,
    )
    log.info(
        "cell %s: windows by activity of their middle: %s",
        cell,
        tables["means"].groupby("group").windows.first().to_dict(),
    )
    for name, table in tables.items():
        with atomic_path(out[name]) as temporary:
            table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    run_script(main, snakemake, out=dict(snakemake.output.items()))
