"""Tabulate σ, the filter's weights, the layers; map the backward network's and smoothed σ."""

import logging

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.ml.device import prepare_device, start_afresh
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import write_record
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.windows import part_firsts, segments, training_windows
from workflow_scripts.conformation.evaluation.predict_maps import predict_test
from workflow_scripts.conformation.evaluation.predictions import window_correlations
from workflow_scripts.conformation.evaluation.sigma import (
    average_sigma,
    backward_sigma,
    choose_width,
    inner_firsts,
    network_sigma,
    smooth,
)
from workflow_scripts.conformation.models.layer_table import layer_table
from workflow_scripts.conformation.models.networks import SIGMA, decoder_model

log = logging.getLogger("chromaloom")


def weight_table(network: keras.Model, factors: np.ndarray) -> pd.DataFrame:
    """Columns factor and weight (of the first filter), weight_2 … of further ones."""
    kernel = network.get_layer(SIGMA).get_weights()[0][0]
    names = ["weight", *(f"weight_{k}" for k in range(2, kernel.shape[1] + 1))]
    return pd.DataFrame({"factor": factors, **dict(zip(names, kernel.T, strict=True))})


def window_table(
    data: ConformationData, sigma: np.ndarray, ways: np.ndarray, firsts: np.ndarray
) -> pd.DataFrame:
    """Agreement of backward σ and σ within the inner windows, mean of both ways read.

    Columns first, chrom, start, end (bp, the inner window), window_r.
    """
    w = data.window
    truth = sigma[firsts[:, None] + w + np.arange(w)]
    return pd.DataFrame(
        {
            "first": firsts,
            "chrom": data.chrom[firsts + w],
            "start": data.start[firsts + w],
            "end": data.end[firsts + 2 * w - 1],
            "window_r": np.mean([window_correlations(found, truth) for found in ways], axis=0),
        }
    )


def all_backward(network: keras.Model, data: ConformationData) -> np.ndarray:
    """Backward σ of all bins, averaged over the windows of their segment; float64 (N,).

    NaN in bins of no part, and in segments shorter than a window.
    """
    found = [inner_firsts(s, data.window) for s in segments(data) if s.part != "none"]
    firsts = np.concatenate(found)
    ways = backward_sigma(network, data, firsts)
    return average_sigma(ways.mean(0), firsts, len(data.part))


def tabulate_seed(
    data: ConformationData,
    network: keras.Model,
    inverse: keras.Model,
    *,
    widths: list[float],
    seed: int,
    files: dict[str, str],
) -> None:
    """Write what the two networks of a seed, forward and backward, say about σ.

    Parameters
    ----------
    data, network, inverse
        A cell's data and its networks.
    widths, seed
        As `main`.
    files
        sigma, weights, windows, record: tables of bins, factors and test windows, and the record
        with the width. from_backward, from_smoothed: maps (`MapPrediction`) of the forward network
        from the backward network's and from smoothed σ in the place of its (first) filter.
    """
    every = network_sigma(network, data.profiles)
    sigma, seen = every[:, 0], all_backward(inverse, data)

    valid = training_windows(data, seed)["valid"][0]
    rows = np.unique(valid[:, None] + data.window + np.arange(data.window))
    width, agreement = choose_width(sigma, seen, data, widths, rows)
    smoothed = smooth(sigma, data, width)
    log.info(
        "smoothing: sd of %g bins agrees best with backward σ (r %.3f)", width, agreement[width]
    )

    columns = {"sigma": sigma, "backward": seen, "smoothed": smoothed}
    columns |= {f"sigma_{k}": every[:, k - 1] for k in range(2, every.shape[1] + 1)}
    place = {"chrom": data.chrom, "start": data.start, "end": data.end, "part": data.part}
    with atomic_path(files["sigma"]) as temporary, gzip_writer(temporary) as handle:
        pd.DataFrame(place | columns).to_csv(handle, sep="\t", index=False, float_format="%.5g")
    firsts = part_firsts(data, "test")
    within = window_table(data, sigma, backward_sigma(inverse, data, firsts), firsts)
    factors = weight_table(network, data.factors)
    for path, table in ((files["weights"], factors), (files["windows"], within)):
        with atomic_path(path) as temporary:
            table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    write_record(
        files["record"], ("keras", "numpy", "scipy"), smoothing_width=width,
        validation_r={f"{w:g}": round(r, 4) for w, r in agreement.items()},
    )  # fmt: skip

    decoder = decoder_model(network)
    for track, key in ((seen, "from_backward"), (smoothed, "from_smoothed")):
        predict_test(decoder, data, np.column_stack([track, every[:, 1:]]).T).save(files[key])


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
    """Write what the networks of each seed say about σ, and the layers of the first seed's.

    Parameters
    ----------
    dataset, forward, backward
        A cell's data, and its two networks of each seed.
    widths
        Widths (sd, bins) of the smoothing Gaussian to choose from, by the validation bins: those of
        the validation windows' inner windows.
    seeds, gpu, threads
        As for every training.
    layers
        Table of layers (`layer_table`), written here since Keras is at work already.
    files
        As `tabulate_seed`, a file of each kind per seed.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    data = ConformationData.load(dataset)
    for number, seed in enumerate(seeds):
        start_afresh(seed)
        network = keras.models.load_model(forward[number], compile=False)
        inverse = keras.models.load_model(backward[number], compile=False)
        tabulate_seed(
            data, network, inverse, widths=widths, seed=seed,
            files={key: paths[number] for key, paths in files.items()},
        )  # fmt: skip
        if number == 0:
            with atomic_path(layers) as temporary:
                layer_table({"forward": network, "backward": inverse}).to_csv(
                    temporary, sep="\t", index=False
                )


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        files={key: files for key, files in snakemake.output.items() if key != "layers"},
    )
