"""Predict the contact map and σ of a cell from its profiles, with the networks of a bundle."""

import logging
from collections.abc import Iterator, Mapping, Sequence

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.browser_files import write_bigwig
from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.bundles import Bundle, load_bundle
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.conformation.apply.inputs import min_region_bins, network_files
from workflow_scripts.conformation.apply.map_bands import read_map_bands
from workflow_scripts.conformation.apply.measured import (
    METRICS,
    discrepancy_table,
    one_chromosome,
    score_maps,
    sigma_from_map,
    sigma_scores_rows,
)
from workflow_scripts.conformation.apply.predictors import (
    Predictor,
    load_predictor,
    predicted_segments,
)
from workflow_scripts.conformation.data.build_conformation import (
    observed_over_expected,
    read_profiles,
)
from workflow_scripts.conformation.data.dataset import ConformationData
from workflow_scripts.conformation.data.splits import parse_region, region_mask, used_bins
from workflow_scripts.conformation.evaluation.map_files import (
    bin_ids,
    ensemble_pixels,
    write_pixels,
)
from workflow_scripts.conformation.evaluation.predictions import MapPrediction
from workflow_scripts.conformation.evaluation.sigma import network_sigma

log = logging.getLogger("chromaloom")
DIGITS = "%.5g"


def read_input(
    tracks: list[str],
    factors: list[str],
    sizes: dict[str, int],
    bundle: Bundle,
    regions: Sequence[str],
    where: str,
    map_file: str = "",
) -> ConformationData:
    """Profiles of a cell in the bins of a bundle, and its map; NaN without one.

    Split `test` is where the map is predicted: `regions`, or all bins that are read (`read_bins`),
    over which the profiles are scaled.

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
    map_file
        Contact map of the cell, with `::group` where one is meant; empty for none.

    Raises
    ------
    UserError
        A profile, region or map cannot be used, or no region is long enough for the model.
    """
    inputs, least = bundle.inputs, min_region_bins(bundle)
    w, size = inputs["window"], inputs["resolution"]
    bins = pd.read_csv(tracks[0], sep="\t", dtype={"chrom": str})[["chrom", "start", "end"]]
    found = [parse_region(text, sizes, f"{where}.regions") for text in regions]
    used = read_bins(bins, sizes, inputs["regions"], found, 3 * w, where)
    profiles, names = read_profiles(tracks, factors, bins, used, 3 * w, inputs["scale"])
    chosen = bins[used].reset_index(drop=True)
    split = np.full(len(chosen), "test" if not regions else "none")
    split[region_mask(chosen, found)] = "test"
    oe = np.full((len(chosen), w), np.nan, "float32")
    if map_file:
        bands = read_map_bands(
            map_file, chosen.chrom, resolution=size, w=w, sizes=sizes,
            needed=[chrom for chrom, _, _ in found], where=f"{where}.map",
        )  # fmt: skip
        oe = observed_over_expected(
            bands, bins, used, resolution=size, expected=inputs.get("expected", "chromosome")
        )
    data = ConformationData(
        profiles=profiles, factors=np.array(names), chrom=chosen.chrom.to_numpy(str),
        start=chosen.start.to_numpy("int64"), end=chosen.end.to_numpy("int64"), oe=oe, split=split,
        resolution=size, window=w,
    )  # fmt: skip
    if longest_segment(data) < least:
        need = "the receptive field" if least == 3 * w else "the least"
        raise UserError(
            f"{where}: no region has {least} bins of {size} bp, {need} of the model; expected: at"
            " least one; fix: longer regions"
        )
    if map_file and np.isnan(oe[split == "test"]).all():
        raise UserError(
            f"{where}.map: {map_file} has no balanced pixel in the regions that are predicted;"
            " expected: contacts there"
        )
    return data


def read_bins(
    bins: pd.DataFrame,
    sizes: dict[str, int],
    trained: list[str],
    regions: list[tuple[str, int, int]],
    min_bins: int,
    where: str,
) -> np.ndarray:
    """Bins that are read, and over which profiles are scaled, bool (all bins,).

    As in training where that is possible: the regions that the bundle was trained in, or all
    chromosomes of `min_bins` bins or more if there were none. If the genome lacks those regions, or
    others are to be predicted: the chromosomes of `regions`, or again all.
    """
    wanted = region_mask(bins, regions)
    try:
        used = used_bins(bins, sizes, trained, min_bins, where)
    except UserError as error:
        log.warning(
            "the genome lacks the regions that the bundle was trained in (%s), over which profiles"
            " would be scaled: %s", trained, error,
        )  # fmt: skip
        used = np.zeros(len(bins), bool)
    if used.any() and not (wanted & ~used).any():
        return used
    if not regions:
        return used_bins(bins, sizes, [], min_bins, where)
    log.warning("not in the regions of the training: profiles are scaled over whole chromosomes")
    return bins.chrom.isin([chrom for chrom, _, _ in regions]).to_numpy()


def longest_segment(data: ConformationData) -> int:
    """Bins of the longest segment of split `test`."""
    return max((s.stop - s.start for s in predicted_segments(data)), default=0)


def predict_chromosomes(
    data: ConformationData, predictors: Mapping[str, Predictor], min_bins: int
) -> Iterator[tuple[np.ndarray, np.ndarray, dict[str, MapPrediction]]]:
    """Predict chromosome by chromosome; those without a region of `min_bins` bins are left out.

    Yields
    ------
    tuple
        Indices of the bins, O/E by each network, float32 (networks, K, w), and the predictions of
        the pixels in windows by network.
    """
    for chrom in dict.fromkeys(data.chrom.tolist()):
        one = one_chromosome(data, chrom)
        if longest_segment(one) >= min_bins:
            found = {name: predict(one) for name, predict in predictors.items()}
            bins = np.flatnonzero(one.split == "test")
            log.info("%s: %d bins", chrom, len(bins))
            bands = np.stack([band for band, _ in found.values()])
            yield bins, bands, {name: prediction for name, (_, prediction) in found.items()}


def bin_table(data: ConformationData, found: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Values of all bins by network (N,), with their mean and standard deviation."""
    values = np.stack(list(found.values())).astype("float64")
    return pd.DataFrame(
        {"chrom": data.chrom, "start": data.start, "end": data.end, "mean": values.mean(0),
         "sd": values.std(0), **found}
    )  # fmt: skip


def main(
    tracks: list[str],
    chrom_sizes: str,
    *,
    bundle: str,
    where: str,
    cell: str,
    factors: list[str],
    regions: list[str],
    map_file: str,
    gpu: int,
    threads: int,
    files: dict[str, str],
) -> None:
    """Write the predicted map; of forward networks σ; with a map of the cell also scores.

    Parameters
    ----------
    tracks, factors
        Binned tracks, and the factor of each.
    chrom_sizes
        Table of chromosome lengths.
    bundle, where
        Folder of the bundle; config file and key of the entry, for messages.
    cell
        Name of the cell, for the table of scores.
    regions
        Where the map is predicted; empty for everywhere.
    map_file
        Contact map of the cell, with `::group` where one is meant; empty for none.
    gpu, threads
        As `prepare_device`.
    files
        Files to write. mcool: O/E (count) and its spread (sd) by pixel. Of forward networks sigma
        and sigma_bins: σ as bigWig (mean) and as table. With a map scores; of forward networks
        backward and backward_bins, the same of σ from the map; map_discrepancy, sigma_discrepancy
        and discrepancies, bigWigs and table of `discrepancy_table`.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    model, sizes = load_bundle(bundle, where), read_sizes(chrom_sizes)
    kind, data = model.facts["model"], read_input(
        tracks, factors, sizes, model, regions, where, map_file
    )  # fmt: skip
    predictors = {n: load_predictor(kind, path) for n, path in network_files(model).items()}
    parts: dict[str, list[MapPrediction]] = {name: [] for name in predictors}
    ids = bin_ids(data.chrom, data.start, sizes, data.resolution)

    def pixels() -> Iterator[pd.DataFrame]:
        for bins, bands, found in predict_chromosomes(data, predictors, min_region_bins(model)):
            for name, prediction in found.items() if map_file else ():
                parts[name].append(prediction)
            yield ensemble_pixels(bands, ids[bins])

    write_pixels(pixels(), sizes, data.resolution, files["mcool"])
    sigma: dict[str, np.ndarray] = {}
    if "sigma" in files:
        for name, path in network_files(model).items():
            network = keras.models.load_model(path, compile=False)
            sigma[name] = network_sigma(network, data.profiles)[:, 0]
        write_bins(data, sigma, sizes, files["sigma"], files["sigma_bins"])
    if map_file:
        settings = METRICS | (model.facts.get("evaluation") or {})
        rows, maps = score_maps(data, parts, model=kind, cell=cell, settings=settings)
        if "backward" in files:
            rows += write_backward(data, model, sigma, maps, cell, sizes, files)
        write_metrics(files["scores"], rows)


def write_bins(
    data: ConformationData, found: dict[str, np.ndarray], sizes: dict[str, int], track: str,
    table: str,
) -> None:  # fmt: skip
    """Write values of bins by network as bigWig (the mean) and as table."""
    values = bin_table(data, found)
    write_table(values, table, float_format=DIGITS)
    write_bigwig(values.rename(columns={"mean": "value"}), sizes, track)


def write_backward(
    data: ConformationData,
    bundle: Bundle,
    sigma: dict[str, np.ndarray],
    maps: dict[int, MapPrediction],
    cell: str,
    sizes: dict[str, int],
    files: dict[str, str],
) -> list[dict]:
    """Write σ from the map and the discrepancies; return the scores of backward σ."""
    backward, windows, rows = {}, {}, []
    for name, path in network_files(bundle, backward=True).items():
        network, seed = keras.models.load_model(path, compile=False), int(name[len("seed") :])
        backward[name], windows[seed] = sigma_from_map(network, data, sigma[name])
        rows += sigma_scores_rows(
            data, sigma[name], backward[name], windows[seed], maps[seed], cell=cell, seed=seed
        )
    write_bins(data, backward, sizes, files["backward"], files["backward_bins"])
    table = discrepancy_table(data, maps, windows)
    write_table(table, files["discrepancies"], float_format=DIGITS)
    for name in ("map", "sigma"):
        write_bigwig(table.assign(value=table[name]), sizes, files[f"{name}_discrepancy"])
    return rows


if __name__ == "__main__":
    run_script(main, snakemake, files=dict(snakemake.output.items()))
