"""Tabulate σ, filter weights and layers; predict maps from backward and smoothed σ."""

import logging
from collections.abc import Mapping

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.ml.device import prepare_device, reset_session
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import write_record
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import split_first_bins, training_windows
from workflow_scripts.conformation.evaluation.predict_maps import predict_test_map
from workflow_scripts.conformation.evaluation.predictions import row_correlations
from workflow_scripts.conformation.evaluation.sigma import (
    average_backward_sigma,
    backward_sigma,
    choose_smoothing_width,
    network_sigma,
    smooth,
)
from workflow_scripts.conformation.models.networks import SIGMA, decoder_model

log = logging.getLogger("chromaloom")
LAYER_COLUMNS = ["network", "layer", "kind", "length", "channels", "parameters"]


def layer_table(networks: Mapping[str, keras.Model]) -> pd.DataFrame:
    """Rows per layer of some named networks: kind, size of the output, and parameters."""
    rows = []
    for name, network in networks.items():
        for layer in network.layers:
            length, *channels = layer.output.shape[1:]
            rows.append((name, layer.name, type(layer).__name__, length,
                         channels[0] if channels else 1, layer.count_params()))  # fmt: skip
    return pd.DataFrame(rows, columns=LAYER_COLUMNS)


def weight_table(network: keras.Model, factors: np.ndarray) -> pd.DataFrame:
    """Columns factor, weight (of the first filter), and weight_2 … of further filters."""
    kernel = network.get_layer(SIGMA).get_weights()[0][0]
    names = ["weight", *(f"weight_{k}" for k in range(2, kernel.shape[1] + 1))]
    return pd.DataFrame({"factor": factors, **dict(zip(names, kernel.T, strict=True))})


def window_table(
    data: ConformationData, sigma: np.ndarray, backward: np.ndarray, first_bins: np.ndarray
) -> pd.DataFrame:
    """Correlation of backward σ and σ within each inner window, the mean over both orientations.

    Parameters
    ----------
    data
        The cell.
    sigma : float array, shape=(N,)
        σ of the forward network.
    backward : float array, shape=(2, W, w)
        `backward_sigma` of the windows.
    first_bins : int array, shape=(W,)
        First bins of the windows.

    Returns
    -------
    pandas.DataFrame
        Columns first_bin, chrom, start, end (bp, the inner window), window_r.
    """
    w = data.window
    expected = sigma[first_bins[:, None] + w + np.arange(w)]
    return pd.DataFrame(
        {
            "first_bin": first_bins,
            "chrom": data.chrom[first_bins + w],
            "start": data.start[first_bins + w],
            "end": data.end[first_bins + 2 * w - 1],
            "window_r": np.mean([row_correlations(found, expected) for found in backward], axis=0),
        }
    )


def write_sigma(
    data: ConformationData,
    forward: keras.Model,
    backward: keras.Model,
    *,
    widths: list[float],
    seed: int,
    files: dict[str, str],
) -> None:
    """Write σ of the forward and backward network of one seed, and the maps predicted from it.

    Parameters
    ----------
    data, forward, backward
        A cell's data and its networks.
    widths, seed
        As for `main`.
    files
        Files to write. sigma, weights, windows, record: tables of bins, factors and test windows,
        and the chosen smoothing width. from_backward, from_smoothed: maps (`MapPrediction`) of the
        forward network with σ of its first filter replaced by backward or smoothed σ.
    """
    all_sigma = network_sigma(forward, data.profiles)
    sigma, from_maps = all_sigma[:, 0], average_backward_sigma(backward, data)

    valid = training_windows(data, seed)["valid"][0]
    rows = np.unique(valid[:, None] + data.window + np.arange(data.window))
    width, scores = choose_smoothing_width(sigma, from_maps, data, widths, rows)
    smoothed = smooth(sigma, data, width)
    log.info("smoothing: sd of %g bins agrees best with backward σ (r %.3f)", width, scores[width])

    columns = {"sigma": sigma, "backward": from_maps, "smoothed": smoothed}
    columns |= {f"sigma_{k}": all_sigma[:, k - 1] for k in range(2, all_sigma.shape[1] + 1)}
    bins = {"chrom": data.chrom, "start": data.start, "end": data.end, "split": data.split}
    with atomic_path(files["sigma"]) as temporary, gzip_writer(temporary) as handle:
        pd.DataFrame(bins | columns).to_csv(handle, sep="\t", index=False, float_format="%.5g")
    first_bins = split_first_bins(data, "test")
    windows = window_table(data, sigma, backward_sigma(backward, data, first_bins), first_bins)
    weights = weight_table(forward, data.factors)
    for path, table in ((files["weights"], weights), (files["windows"], windows)):
        with atomic_path(path) as temporary:
            table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    write_record(
        files["record"], ("keras", "numpy", "scipy"), smoothing_width=width,
        validation_r={f"{w:g}": round(r, 4) for w, r in scores.items()},
    )  # fmt: skip

    decoder = decoder_model(forward)
    for track, key in ((from_maps, "from_backward"), (smoothed, "from_smoothed")):
        tracks = np.column_stack([track, all_sigma[:, 1:]]).T
        predict_test_map(decoder, data, tracks).save(files[key])


def main(
    dataset: str,
    forward: list[str],
    backward: list[str],
    *,
    widths: list[float],
    seeds: list[int],
    gpu: int,
    threads: int,
    layers: str,
    files: dict[str, list[str]],
) -> None:
    """Write σ and predicted maps of each seed, and the layers of the first seed's networks.

    Parameters
    ----------
    dataset, forward, backward
        A cell's data, and its two networks of each seed.
    widths
        Candidate widths (sd, bins) of the smoothing; chosen on the bins of the inner windows of
        validation.
    seeds
        Seeds of the networks.
    gpu, threads
        As for `prepare_device`.
    layers
        Table of layers to write (`layer_table`).
    files
        As for `write_sigma`, each a list with one file per seed.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    data = ConformationData.load(dataset)
    for number, seed in enumerate(seeds):
        reset_session(seed)
        networks = {
            "forward": keras.models.load_model(forward[number], compile=False),
            "backward": keras.models.load_model(backward[number], compile=False),
        }
        write_sigma(
            data, **networks, widths=widths, seed=seed,
            files={key: paths[number] for key, paths in files.items()},
        )  # fmt: skip
        if number == 0:
            with atomic_path(layers) as temporary:
                layer_table(networks).to_csv(temporary, sep="\t", index=False)


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        files={key: files for key, files in snakemake.output.items() if key != "layers"},
    )
