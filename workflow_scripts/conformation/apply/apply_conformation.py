"""Predict the contact map and σ of a cell from its profiles, with the networks of a bundle."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cooler
import keras
import numpy as np
import pandas as pd
import pyBigWig

from workflow_scripts.chromaloom.genomics.contact_maps import (
    CHUNK,
    PLAIN,
    genome_bins,
    pack,
)
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder
from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.bundles import read_bundle
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.data.build_conformation import read_profiles
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import parse_region, region_mask, used_bins
from workflow_scripts.conformation.data.windows import find_segments
from workflow_scripts.conformation.evaluation.predict_maps import predict_test_map
from workflow_scripts.conformation.evaluation.sigma import network_sigma

log = logging.getLogger("chromaloom")


def read_input(
    tracks: list[str],
    factors: list[str],
    sizes: dict[str, int],
    inputs: dict,
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
    inputs
        `inputs` of the bundle's model.yaml.
    regions, where
        Regions to predict; config file and key of the entry, for messages.

    Raises
    ------
    UserError
        A profile or region cannot be used, or no region has a receptive field.
    """
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
    if not any(s.stop - s.start >= 3 * w for s in find_segments(data) if s.split == "test"):
        raise UserError(
            f"{where}: no region has {3 * w} bins of {inputs['resolution']} bp, the receptive field"
            " of the model; expected: at least one; fix: longer regions"
        )
    return data


def predict_bands(
    data: ConformationData, networks: Sequence[keras.Model]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Indices of the bins of each chromosome, and their O/E by each network, float32 (n, K, w)."""
    for chrom in dict.fromkeys(data.chrom.tolist()):
        one = replace(data, split=np.where(data.chrom == chrom, data.split, "none"))
        bins = np.flatnonzero(one.split == "test")
        if any(
            s.stop - s.start >= 3 * data.window for s in find_segments(one) if s.split == "test"
        ):
            bands = [predict_test_map(network, one, one.profiles).band for network in networks]
            log.info("%s: %d bins", chrom, len(bins))
            yield bins, np.stack(bands)


def pixel_tables(
    data: ConformationData, predicted: Iterator[tuple[np.ndarray, np.ndarray]], ids: np.ndarray
) -> Iterator[pd.DataFrame]:
    """Pixels of a cooler, sorted: count is the mean O/E over the networks, sd its spread.

    `ids` are the numbers of the data's bins in the cooler's table of bins.
    """
    for bins, bands in predicted:
        values = bands.astype("float64")
        mean, sd = values.mean(0), values.std(0)
        row, distance = np.nonzero(np.isfinite(mean))
        yield pd.DataFrame(
            {"bin1_id": ids[bins[row]], "bin2_id": ids[bins[row]] + distance,
             "count": mean[row, distance], "sd": sd[row, distance]}
        )  # fmt: skip


def write_pixels(
    pixels: Iterator[pd.DataFrame], sizes: dict[str, int], resolution: int, about: dict, out: str
) -> None:
    """Write an .mcool with one resolution: predicted values are means, which do not add up."""
    with scratch_folder(out) as folder:
        base, draft = f"{folder}/base.cool", f"{folder}/draft.mcool"
        cooler.create_cooler(
            base, genome_bins(sizes, resolution), pixels,
            columns=["count", "sd"], dtypes={"count": np.float64, "sd": np.float64}, ordered=True,
            metadata=about, h5opts=PLAIN,
        )  # fmt: skip
        cooler.zoomify_cooler(
            base, draft, [resolution], chunksize=CHUNK, columns=["count", "sd"],
            dtypes={"count": np.float64, "sd": np.float64}, h5opts=PLAIN,
        )  # fmt: skip
        with atomic_path(out) as temporary:
            pack(draft, temporary, [resolution])


def write_track(table: pd.DataFrame, sizes: dict[str, int], out: str | Path) -> None:
    """Write the mean σ of bins (chrom, start, end, mean) as bigWig."""
    order = {chrom: number for number, chrom in enumerate(sizes)}
    table = table.sort_values("start").sort_values(
        "chrom", key=lambda names: names.map(order), kind="stable"
    )
    with atomic_path(out) as temporary:
        track = pyBigWig.open(str(temporary), "w")
        track.addHeader(list(sizes.items()))
        track.addEntries(
            table.chrom.tolist(), table.start.tolist(), ends=table.end.tolist(),
            values=table["mean"].astype(float).tolist(),
        )  # fmt: skip
        track.close()


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
    sigma: str,
    bins: str,
) -> None:
    """Write the predicted map, and σ as a track and as a table.

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
        Outputs: O/E (count) and its spread (sd) by pixel; mean σ as bigWig; table of σ by bin:
        chrom, start, end, mean, sd and each network.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    model, sizes = read_bundle(bundle, where), read_sizes(chrom_sizes)
    data = read_input(tracks, factors, sizes, model.inputs, regions, where)
    networks = [keras.models.load_model(path, compile=False) for path in model.weights]
    whole = genome_bins(sizes, data.resolution)
    places = pd.MultiIndex.from_arrays([whole.chrom.astype(str), whole.start])
    ids = places.get_indexer(pd.MultiIndex.from_arrays([data.chrom, data.start]))
    about = {"made by": "Chromaloom, conformation", "unit": "observed over expected, predicted"}
    pixels = pixel_tables(data, predict_bands(data, networks), ids)
    write_pixels(pixels, sizes, data.resolution, about, mcool)
    found = {
        name: network_sigma(network, data.profiles)[:, 0]
        for name, network in zip(model.names, networks, strict=True)
    }
    values = np.stack(list(found.values())).astype("float64")
    table = pd.DataFrame(
        {"chrom": data.chrom, "start": data.start, "end": data.end, "mean": values.mean(0),
         "sd": values.std(0), **found}
    )  # fmt: skip
    write_table(table, bins, float_format="%.5g")
    write_track(table, sizes, sigma)


if __name__ == "__main__":
    run_script(main, snakemake)
