"""Sensitivity of the forward network's pixels to σ: in one window, and by distance (figure 4)."""

import logging

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import part_firsts, pixel_index
from workflow_scripts.conformation.evaluation.sigma import network_sigma
from workflow_scripts.conformation.interpretation.gradient_views import (
    View,
    both_ways_sigma,
    centred_pairs,
    choose_pairs,
    find_view,
    observed_band,
    pixel_number,
    spread,
)
from workflow_scripts.conformation.interpretation.gradients import (
    check_gradients,
    gradients_at,
    output_gradients,
)
from workflow_scripts.conformation.models.networks import decoder_model

log = logging.getLogger("chromaloom")


def distance_table(decoder: keras.Model, sigma: np.ndarray, w: int, size: int) -> pd.DataFrame:
    """Mean and mean square of ∂P(c_ij)/∂σ_k over windows, for pairs centred in the window.

    Parameters
    ----------
    decoder
        Takes (batch, 3w, filters) σ, gives (batch, P) O/E. The first filter is measured.
    sigma : float array, shape=(W, 3w, filters)
        σ of the windows.
    w, size
        Bins of a window; bin size (bp).

    Returns
    -------
    pandas.DataFrame
        A row per distance and k: distance (bp, of i and j), relative (bp, of k from the middle of i
        and j), mean, mean_square (O/E per unit of σ), windows.
    """
    i, j = centred_pairs(w)
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


def region_table(data: ConformationData, view: View, predicted: np.ndarray) -> pd.DataFrame:
    """Observed O/E of the receptive field and the network's of the inner window, pixel by pixel.

    Columns chrom, i, j (bins of the field), start_i, start_j (bp), observed, predicted (NaN on the
    flanks).
    """
    w = view.window
    band = np.full((3 * w, w), np.nan)
    i, j = pixel_index(w)
    band[w + i, j - i] = predicted
    i, d = (index.ravel() for index in np.indices(band.shape))
    i, d = i[i + d < 3 * w], d[i + d < 3 * w]
    return pd.DataFrame(
        {
            "chrom": view.chrom,
            "i": i,
            "j": i + d,
            "start_i": view.starts[i],
            "start_j": view.starts[i + d],
            "observed": observed_band(data, view)[i, d],
            "predicted": band[i, d],
        }
    )


def profile_table(
    view: View, pairs: list[tuple[int, int]], sigma: np.ndarray, gradients: np.ndarray
) -> pd.DataFrame:
    """Gradient of each pair's pixel along the receptive field, with σ there."""
    rows = [
        pd.DataFrame(
            {
                "pair": number,
                "start_i": view.starts[view.window + i],
                "start_j": view.starts[view.window + j],
                "start": view.starts,
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
    out: dict[str, str],
) -> None:
    """Write the tables of figures 4a and 4b, and the check of the derivatives.

    `settings` is the config's section `conformation.gradients`; `out` names the files `region`,
    `profiles`, `distances` and `check`, a table with the columns of metrics.tsv: the greatest
    relative error against central differences in float64, and the share of pairs without a kink.
    """
    prepare_device(gpu=gpu, threads=threads, seed=seed)
    data = ConformationData.load(dataset)
    w = data.window
    network = keras.models.load_model(weights, compile=False)
    all_sigma, decoder = network_sigma(network, data.profiles), decoder_model(network)
    view = find_view(data, settings["region"], f"{where}.region")
    pairs = choose_pairs(view, settings["pairs"], f"{where}.pairs")
    sigma = all_sigma[None, view.first : view.first + 3 * w]
    if sigma.shape[2] > 1:
        log.info("%d filters: gradients are those of the first", sigma.shape[2])
    i, j = np.transpose(pairs)
    found = gradients_at(decoder, sigma, pixel_number(i, j, w))[0, ..., 0]
    predicted = decoder.predict(sigma, verbose=0)[0]

    firsts = spread(part_firsts(data, "test"), settings["windows"])
    both = both_ways_sigma(all_sigma, firsts, w)
    log.info("cell %s: gradients of %d pairs over %d windows, both ways", cell, w, len(firsts))
    check = check_gradients(decoder, both[:: max(1, len(both) // 4)][:4], pairs=200, seed=seed)
    scores = {"gradient_error": check.error.max(), "gradient_pairs_checked": check.kept.sum()}
    log.info("check by differences: %s", scores)
    row = {"model": "forward", "sample": cell, "split": "test", "seed": model_seed, "n": len(check)}
    write_metrics(out["check"], [row | {"metric": m, "value": v} for m, v in scores.items()])
    for name, table in {
        "region": region_table(data, view, predicted),
        "profiles": profile_table(view, pairs, sigma[0, :, 0], found),
        "distances": distance_table(decoder, both, w, data.resolution),
    }.items():
        with atomic_path(out[name]) as temporary:
            table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    run_script(main, snakemake, out=dict(snakemake.output.items()))
