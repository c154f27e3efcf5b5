"""Gradients of the forward network's contacts with respect to σ (Farré 2018, Figure 4)."""

import logging

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import pixel_index, split_first_bins
from workflow_scripts.conformation.evaluation.sigma import network_sigma
from workflow_scripts.conformation.interpretation.gradient_windows import (
    GradientWindow,
    centered_pairs,
    choose_pairs,
    find_window,
    observed_band,
    pixel_number,
    sigma_with_flips,
    subsample_windows,
)
from workflow_scripts.conformation.interpretation.gradients import (
    check_gradients,
    gradients_at,
    output_gradients,
)
from workflow_scripts.conformation.models.networks import decoder_model

log = logging.getLogger("chromaloom")


def distance_table(decoder: keras.Model, sigma: np.ndarray, w: int, size: int) -> pd.DataFrame:
    """Mean and mean square over windows of ∂P(c_ij)/∂σ_k, for pairs at the center of the window.

    Parameters
    ----------
    decoder
        (batch, 3w, filters) σ to (batch, P) O/E; gradients are those of the first filter.
    sigma : float array, shape=(W, 3w, filters)
        σ of the windows.
    w, size
        Bins of a window; bin size (bp).

    Returns
    -------
    pandas.DataFrame
        One row per distance and bin k: distance (bp, between i and j), relative (bp, position of k
        relative to the middle of i and j), mean, mean_square (O/E per unit of σ), windows.
    """
    i, j = centered_pairs(w)
    total, squares = np.zeros((2, w, 3 * w))
    for found in output_gradients(decoder, sigma, pixel_number(i, j, w)):
        total += found[..., 0].sum(0, dtype="float64")
        squares += (found[..., 0].astype("float64") ** 2).sum(0)
    relative = np.arange(3 * w) - (w + (i + j) / 2)[:, None]
    return pd.DataFrame(
        {
            "distance": np.repeat((j - i) * size, 3 * w),
            "relative": (relative * size).ravel().astype(int),
            "mean": total.ravel() / len(sigma),
            "mean_square": squares.ravel() / len(sigma),
            "windows": len(sigma),
        }
    )


def region_table(
    data: ConformationData, window: GradientWindow, predicted: np.ndarray
) -> pd.DataFrame:
    """Observed O/E of the receptive field, and predicted O/E of the inner window.

    Columns chrom, i, j (bins of the receptive field), start_i, start_j (bp), observed, predicted
    (NaN on the flanks); one row per pixel.
    """
    w = window.w
    band = np.full((3 * w, w), np.nan)
    i, j = pixel_index(w)
    band[w + i, j - i] = predicted
    i, d = (index.ravel() for index in np.indices(band.shape))
    i, d = i[i + d < 3 * w], d[i + d < 3 * w]
    return pd.DataFrame(
        {
            "chrom": window.chrom,
            "i": i,
            "j": i + d,
            "start_i": window.starts[i],
            "start_j": window.starts[i + d],
            "observed": observed_band(data, window)[i, d],
            "predicted": band[i, d],
        }
    )


def profile_table(
    window: GradientWindow, pairs: list[tuple[int, int]], sigma: np.ndarray, gradients: np.ndarray
) -> pd.DataFrame:
    """Gradient of the contact of each pair, and σ, along the receptive field."""
    rows = [
        pd.DataFrame(
            {
                "pair": number,
                "start_i": window.starts[window.w + i],
                "start_j": window.starts[window.w + j],
                "start": window.starts,
                "sigma": sigma,
                "gradient": gradient,
            }
        )
        for number, ((i, j), gradient) in enumerate(zip(pairs, gradients, strict=True), start=1)
    ]
    return pd.concat(rows, ignore_index=True)


def main(
    dataset: str,
    weights: str,
    *,
    cell: str,
    model_seed: int,
    settings: dict,
    where: str,
    seed: int,
    gpu: int,
    threads: int,
    region: str,
    profiles: str,
    distances: str,
    check: str,
) -> None:
    """Write the tables of Figures 4a and 4b, and the check of the gradients.

    Parameters
    ----------
    dataset, weights
        A cell's data and its forward network.
    cell, model_seed
        Sample and seed of the rows of `check`.
    settings, where
        The config's section `conformation.gradients`; config file and section, for error messages.
    seed, gpu, threads
        As for `prepare_device`; the seed also draws the pairs of the check.
    region, profiles, distances
        Tables to write: `region_table`, `profile_table` and `distance_table`.
    check
        Table to write with the columns of metrics.tsv: maximum relative error against central
        differences in float64 (gradient_error), and number of pairs checked
        (gradient_pairs_checked).
    """
    prepare_device(gpu=gpu, threads=threads, seed=seed)
    data = ConformationData.load(dataset)
    w = data.window
    network = keras.models.load_model(weights, compile=False)
    all_sigma, decoder = network_sigma(network, data.profiles), decoder_model(network)
    window = find_window(data, settings["region"], f"{where}.region")
    pairs = choose_pairs(window, settings["pairs"], f"{where}.pairs")
    sigma = all_sigma[None, window.first : window.first + 3 * w]
    if sigma.shape[2] > 1:
        log.info("%d filters: gradients are those of the first", sigma.shape[2])
    i, j = np.transpose(pairs)
    gradients = gradients_at(decoder, sigma, pixel_number(i, j, w))[0, ..., 0]
    predicted = decoder.predict(sigma, verbose=0)[0]

    first_bins = subsample_windows(split_first_bins(data, "test"), settings["max_windows"])
    windows = sigma_with_flips(all_sigma, first_bins, w)
    log.info(
        "cell %s: gradients of %d pairs in %d windows and their flips", cell, w, len(first_bins)
    )
    checked = check_gradients(
        decoder, windows[:: max(1, len(windows) // 4)][:4], pairs=200, seed=seed
    )
    scores = {"gradient_error": checked.error.max(), "gradient_pairs_checked": checked.kept.sum()}
    log.info("check by finite differences: %s", scores)
    row = {"model": "forward", "sample": cell, "split": "test", "seed": model_seed,
           "n": len(checked)}  # fmt: skip
    write_metrics(check, [row | {"metric": m, "value": v} for m, v in scores.items()])
    for path, table in (
        (region, region_table(data, window, predicted)),
        (profiles, profile_table(window, pairs, sigma[0, :, 0], gradients)),
        (distances, distance_table(decoder, windows, w, data.resolution)),
    ):
        with atomic_path(path) as temporary:
            table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    run_script(main, snakemake)
