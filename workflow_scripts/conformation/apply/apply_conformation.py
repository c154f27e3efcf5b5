"""Predict the contact map and σ of a cell from its profiles, with the networks of a bundle."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.bundles import Bundle, read_bundle
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.apply.inputs import min_region_bins
from workflow_scripts.conformation.apply.predictors import (
    Predictor,
    bundle_predictors,
    predicted_segments,
)
from workflow_scripts.conformation.data.build_conformation import read_profiles
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import parse_region, region_mask, used_bins
from workflow_scripts.conformation.evaluation.map_files import (
    bin_ids,
    ensemble_pixels,
    write_pixels,
    write_track,
)
from workflow_scripts.conformation.evaluation.sigma import network_sigma

log = logging.getLogger("chromaloom")


def read_input(
    tracks: list[str],
    factors: list[str],
    sizes: dict[str, int],
    bundle: Bundle,
    regions: Sequence[str],
    where: str,
) -> ConformationData:
    """Profiles of a cell in the bins of a bundle; the map is unknown (NaN).

    Split `test` is where the map is predicted: `regions`, or everywhere. Profiles are scaled over
    the regions that the bundle was trained in, or over all chromosomes with a receptive field.

    Parameters
    ----------
    tracks, factors
        Binned tracks, and the factor of each, in the order of the bundle.
    sizes
        Length (bp) of each chromosome.
    bundle
        The model.
    regions, where
        Regions to predict; config file and key of the entry, for messages.

    Raises
    ------
    UserError
        A profile or region cannot be used, or no region is long enough for the model.
    """
    inputs, least = bundle.inputs, min_region_bins(bundle)
    w = inputs["window"]
    bins = pd.read_csv(tracks[0], sep="\t", dtype={"chrom": str})[["chrom", "start", "end"]]
    used = used_bins(bins, sizes, inputs["regions"], 3 * w, where)
    profiles, names = read_profiles(tracks, factors, bins, used, 3 * w, inputs["scale"])
    chosen = bins[used].reset_index(drop=True)
    split = np.full(len(chosen), "test" if not regions else "none")
    if regions:
        found = [parse_region(text, sizes, f"{where}.regions") for text in regions]
        split[region_mask(chosen, found)] = "test"
    data = ConformationData(
        profiles=profiles, factors=np.array(names), chrom=chosen.chrom.to_numpy(str),
        start=chosen.start.to_numpy("int64"), end=chosen.end.to_numpy("int64"),
        oe=np.full((len(chosen), w), np.nan, "float32"), split=split,
        resolution=inputs["resolution"], window=w,
    )  # fmt: skip
    if longest_segment(data) < least:
        need = "the receptive field" if least == 3 * w else "the least"
        raise UserError(
            f"{where}: no region has {least} bins of {inputs['resolution']} bp, {need} of the"
            " model; expected: at least one; fix: longer regions"
        )
    return data


def predict_bands(
    data: ConformationData, predictors: Sequence[Predictor], min_bins: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Indices of the bins of each chromosome, and their O/E by each network, float32 (n, K, w).

    Chromosomes without a region of `min_bins` bins are left out.
    """
    for chrom in dict.fromkeys(data.chrom.tolist()):
        one = replace(data, split=np.where(data.chrom == chrom, data.split, "none"))
        if longest_segment(one) >= min_bins:
            bins = np.flatnonzero(one.split == "test")
            bands = [predict(one)[0] for predict in predictors]
            log.info("%s: %d bins", chrom, len(bins))
            yield bins, np.stack(bands)


def longest_segment(data: ConformationData) -> int:
    """Bins of the longest segment of split `test`."""
    return max((s.stop - s.start for s in predicted_segments(data)), default=0)


def main(
    tracks: list[str],
    chrom_sizes: str,
    *,
    bundle: str,
    where: str,
    factors: list[str],
    regions: list[str],
    gpu: int,
    threads: int,
    mcool: str,
    sigma: str = "",
    bins: str = "",
) -> None:
    """Write the predicted map and, for forward networks, σ as a track and as a table.

    Parameters
    ----------
    tracks, factors
        Binned tracks, and the factor of each.
    chrom_sizes
        Table of chromosome lengths.
    bundle, where
        Folder of the bundle; config file and key of the entry, for messages.
    regions
        Where the map is predicted; empty for everywhere.
    gpu, threads
        As `prepare_device`.
    mcool, sigma, bins
        Outputs: O/E (count) and its spread (sd) by pixel; mean σ as bigWig, and table of σ by bin
        (chrom, start, end, mean, sd and each network), both empty for models without σ.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    model, sizes = read_bundle(bundle, where), read_sizes(chrom_sizes)
    data = read_input(tracks, factors, sizes, model, regions, where)
    ids = bin_ids(data.chrom, data.start, sizes, data.resolution)
    predictors = list(bundle_predictors(model).values())
    predicted = predict_bands(data, predictors, min_region_bins(model))
    pixels = (ensemble_pixels(bands, ids[places]) for places, bands in predicted)
    write_pixels(pixels, sizes, data.resolution, mcool)
    if sigma:
        table = sigma_table(data, model)
        write_table(table, bins, float_format="%.5g")
        write_track(table, sizes, sigma)


def sigma_table(data: ConformationData, bundle: Bundle) -> pd.DataFrame:
    """σ of all bins by forward networks: chrom, start, end, mean, sd and each network."""
    found = {}
    for name, path in zip(bundle.names, bundle.weights, strict=True):
        network = keras.models.load_model(path, compile=False)
        found[name] = network_sigma(network, data.profiles)[:, 0]
    return bin_table(data, found)


def bin_table(data: ConformationData, found: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Values of all bins by network (N,), with their mean and standard deviation."""
    values = np.stack(list(found.values())).astype("float64")
    return pd.DataFrame(
        {"chrom": data.chrom, "start": data.start, "end": data.end, "mean": values.mean(0),
         "sd": values.std(0), **found}
    )  # fmt: skip


if __name__ == "__main__":
    run_script(main, snakemake)
