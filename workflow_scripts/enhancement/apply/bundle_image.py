"""Write the bundle of an image model or a hybrid."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workflow_scripts.chromaloom.genomics.contacts import open_map
from workflow_scripts.chromaloom.ml.bundles import LICENSE, card_text, score_rows, write_bundle
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.enhancement.apply.depth import contacts_per_bin
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.data.image_data import fingerprint_arrays, scale_shifts

CITATION = "Kriukov et al. 2021, preprint"
METHODS = {
    "hicplus": "HiCPlus, Zhang et al. 2018, trained on the windows of the run",
    "deephic": "DeepHiC, Hong et al. 2020, trained on the windows of the run",
    "hicsr": "HiCSR, Dimmick et al. 2020, trained on the windows of the run",
    "vehicle": "VEHiCLE, Highsmith and Cheng 2021, trained on the windows of the run",
}
ABOUT = [
    "Contact map of high resolution from one of low resolution, window by window along the"
    " diagonal (Kriukov et al. 2021).",
    "Good for: maps of low resolution that were made as those of its training, see"
    " `low_resolution`, of about the same depth, see `contacts_per_bin`.",
    "Not for: other bins, contacts between chromosomes or beyond the reach of a window. Compare the"
    " scores below with those of `downsampled`, the bilinear input: a model that is not ahead of it"
    " adds nothing.",
]
ABOUT_DNA = [
    "The model reads the DNA of each window as well: the map has to be of a genome whose FASTA is"
    " at hand, and a sequence that differs from the reference is not seen.",
]
METRIC = "pearson"
BASELINE = "downsampled"  # the bilinear input
ALPHABET = "A 0, C 1, G 2, T 3, other letters 4"


def training_depth(
    data: EnhancementData, maps: Mapping[str, str], low: Mapping[str, str], factor: int
) -> dict[str, float]:
    """Contacts per bin (`contacts_per_bin`) of the low-resolution input, by its kind.

    Parameters
    ----------
    data
        Dataset of kind image; its training windows name the maps.
    maps, low
        Map of each sample, and those of a fraction of the contacts.
    factor
        Bins of high resolution in one of low resolution, for kind `pool`.

    Returns
    -------
    dict
        Means over the maps.
    """
    rows, found = data.rows("train"), {}
    for kind in dict.fromkeys(data.input[rows].tolist()):
        pooled = kind == "pool"
        step, files = (factor, maps) if pooled else (1, low)
        names = dict.fromkeys(data.map[rows][data.input[rows] == kind].tolist())
        depths = [
            contacts_per_bin(open_map(files[n], data.resolution * step), data.window_bins // step)
            for n in names
        ]
        found[kind] = round(float(np.mean(depths)), 6)
    return found


def input_description(
    data: EnhancementData, settings: Mapping[str, Any], *, crop: int, depth: Mapping[str, float],
    lengths: Mapping[str, int], balance: Mapping[str, Any], assembly: str,
) -> dict[str, Any]:  # fmt: skip
    """What the model reads: `inputs` of model.yaml.

    Parameters
    ----------
    data
        Dataset of kind image.
    settings
        Keys `coarsegrain`, `observed`, `low_resolution` and `split` of config section
        `enhancement`.
    crop
        Bins that the model's map lacks on each side of a window.
    depth
        Of `training_depth`.
    lengths
        Length (bp) of the genome's chromosomes.
    balance, assembly
        Config section `contacts.balance`; genome of the maps.
    """
    low, train = settings["low_resolution"], data.rows("train")
    kinds = list(depth)
    factor = low["factor"] if "pool" in kinds else 1
    bins = {"pool": data.resolution * factor, "downsample": data.resolution}
    return {
        "contacts": "balanced; coarse-graining reads the counts, too",
        "resolution": data.resolution,
        "low_resolution": {
            "kinds": kinds,
            "factor": factor,
            "fraction": low["fraction"] if "downsample" in kinds else None,
            "bins": {kind: bins[kind] for kind in kinds},
        },
        "window_bins": data.window_bins,
        "inner_bins": data.window_bins - 2 * crop,
        "coarsegrain": dict(settings["coarsegrain"]),
        "lower_quantile": settings["observed"]["lower_quantile"],
        "max_masked": settings["observed"]["max_masked"],
        "scale_shift": scale_shifts(data),
        "contacts_per_bin": dict(depth),
        "balance": dict(balance),
        "assembly": assembly,
        "chromosomes": {c: lengths[c] for c in sorted(set(data.chrom[train].tolist()))},
        "circular": list(settings["split"]["circular"]),
        "maps": list(dict.fromkeys(data.map[train].tolist())),
    }


def main(
    dataset: str,
    networks: Sequence[str],
    maps: Sequence[str],
    low: Sequence[str],
    metrics: str,
    *,
    name: str,
    seeds: Sequence[int],
    dna: bool,
    samples: Sequence[str],
    downsampled: Sequence[str],
    crop: int,
    input_settings: dict,
    balance: dict,
    assembly: str,
    settings: dict,
    model: str,
) -> None:
    """Write the bundle of a model.

    Parameters
    ----------
    dataset, networks, metrics
        Dataset of kind image; network of each seed; metrics.tsv of the run.
    maps, samples
        Maps of the run and their names.
    low, downsampled
        Maps of a fraction of the contacts, and the names of their samples.
    name, seeds
        Name of the model; seed of each network.
    dna
        Whether it reads DNA: a hybrid.
    crop, input_settings, balance, assembly
        As `input_description`.
    settings
        Settings of the training, to be stored.
    model
        Output: model.yaml in the folder of the bundle.
    """
    files = dict(zip(samples, maps, strict=True))
    with EnhancementData(dataset) as data:
        depth = training_depth(
            data, files, dict(zip(downsampled, low, strict=True)),
            input_settings["low_resolution"]["factor"],
        )  # fmt: skip
        lengths = open_map(maps[0], data.resolution).chromsizes.astype(int).to_dict()
        inputs = input_description(
            data, input_settings, crop=crop, depth=depth, lengths=lengths, balance=balance,
            assembly=assembly,
        )  # fmt: skip
        if dna:
            inputs["dna"] = {"alphabet": ALPHABET, "length": data.window_bp}
        numbers = {split: len(data.rows(split)) for split in data.splits}
        data_sha256 = fingerprint({}, *fingerprint_arrays(data))
    splits = [split for split in numbers if split == "valid" or split.startswith("test")]
    scores = [
        row for row in score_rows(metrics, "all", splits=splits) if row["model"] in (name, BASELINE)
    ]
    facts = {
        "paper": "enhancement",
        "model": name,
        "kind": "hybrid" if dna else "image",
        "citation": METHODS.get(name, CITATION),
        "license": LICENSE,
        "inputs": inputs,
        "outputs": {
            "unit": "balanced contacts of the input, divided between the pixels",
            "resolution": inputs["resolution"],
            "bins": inputs["inner_bins"],
            "network": "logarithm of contacts, 0 to 1 in each window (scale_shift)",
        },
        "training": {
            "windows": numbers,
            "split": input_settings["split"],
            "data_sha256": data_sha256,
            "seeds": list(seeds),
            **settings,
        },
        "metrics": scores,
    }
    card = card_text(
        f"Enhancement, {facts['kind']} model {name}, trained on {assembly}",
        [*ABOUT, *(ABOUT_DNA if dna else [])], facts, METRIC,
    )  # fmt: skip
    weights = {f"seed{seed}": path for seed, path in zip(seeds, networks, strict=True)}
    write_bundle(Path(model).parent, facts, weights, card)


if __name__ == "__main__":
    run_script(main, snakemake)
