"""Tabulate σ and the filter's weights; predict maps from the backward network's and smoothed σ."""

import logging

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.device import prepare_device
from workflow_scripts.chromaloom.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.job import script_job
from workflow_scripts.chromaloom.provenance import write_record
from workflow_scripts.conformation.dataset import ConformationData
from workflow_scripts.conformation.model import SIGMA, decoder_model
from workflow_scripts.conformation.predict_maps import predict_test
from workflow_scripts.conformation.predictions import window_correlations
from workflow_scripts.conformation.sigma import (
    average_sigma,
    backward_sigma,
    choose_width,
    inner_firsts,
    network_sigma,
    smooth,
)
from workflow_scripts.conformation.windows import part_firsts, segments, training_windows

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


def main(
    dataset: str, forward: str, backward: str, *, widths: list[float], seed: int, gpu: int,
    threads: int, sigma_table: str, weights: str, windows: str, record: str,
    from_backward: str, from_smoothed: str,
) -> None:  # fmt: skip
    """Write what the two networks of a seed say about σ.

    Parameters
    ----------
    dataset, forward, backward
        A cell's data and its two networks.
    widths
        Widths (sd, bins) of the smoothing Gaussian to choose from, by the validation bins: those of
        the validation windows' inner windows.
    seed, gpu, threads
        As for every training.
    sigma_table, weights, windows, record
        Tables of bins, factors and test windows, and the record with the width.
    from_backward, from_smoothed
        Maps (`MapPrediction`) of the forward network from the backward network's and from smoothed
        σ in the place of its (first) filter.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    data = ConformationData.load(dataset)
    network = keras.models.load_model(forward, compile=False)
    inverse = keras.models.load_model(backward, compile=False)
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
    with atomic_path(sigma_table) as temporary, gzip_writer(temporary) as handle:
        pd.DataFrame(place | columns).to_csv(handle, sep="\t", index=False, float_format="%.5g")
    firsts = part_firsts(data, "test")
    within = window_table(data, sigma, backward_sigma(inverse, data, firsts), firsts)
    for path, table in ((weights, weight_table(network, data.factors)), (windows, within)):
        with atomic_path(path) as temporary:
            table.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    write_record(record, ("keras", "numpy", "scipy"), smoothing_width=width,
                 validation_r={f"{w:g}": round(r, 4) for w, r in agreement.items()})  # fmt: skip

    decoder = decoder_model(network)
    for track, path in ((seen, from_backward), (smoothed, from_smoothed)):
        predict_test(decoder, data, np.column_stack([track, every[:, 1:]]).T).save(path)


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            snakemake.input.dataset,
            snakemake.input.forward,
            snakemake.input.backward,
            widths=snakemake.params.widths,
            seed=int(snakemake.wildcards.seed),
            gpu=snakemake.resources.gpu,
            threads=snakemake.threads,
            sigma_table=snakemake.output.sigma,
            weights=snakemake.output.weights,
            windows=snakemake.output.windows,
            record=snakemake.output.record,
            from_backward=snakemake.output.from_backward,
            from_smoothed=snakemake.output.from_smoothed,
        )
