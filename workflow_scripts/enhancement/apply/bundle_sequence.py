"""Write the bundle of a sequence model."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workflow_scripts.chromaloom.ml.bundles import LICENSE, card_text, score_rows, write_bundle
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.chromaloom.workflow.provenance import fingerprint
from workflow_scripts.enhancement.apply.sequence_inputs import KIND
from workflow_scripts.enhancement.data.dataset import EnhancementData, center_crop
from workflow_scripts.enhancement.data.sequence_data import WindowEmbeddings
from workflow_scripts.enhancement.evaluation.map_metrics import pooled_scores

ABOUT = [
    "Contact map (ln of observed over expected) from the DNA of a window (Kriukov et al. 2021, with"
    " the trunk of Akita, Fudenberg et al. 2020, doi:10.1038/s41592-020-0958-x).",
    "Good for: maps of regions or sequences of the same species, in the cells of its maps. Compare"
    " its scores with those of `mean_map`, the mean of the training maps whatever the DNA, and of"
    " `…_shuffled`, trained on the DNA of other windows: a model that is not ahead of both has"
    " learned nothing from DNA.",
    "Not for: other cells (DNA is the same in all), contacts beyond a window or between"
    " chromosomes, and effects of single bases, for which it was not tested.",
]
METRIC = "pearson"
BASELINE = "mean_map"
ALPHABET = "A 0, C 1, G 2, T 3 in either case; other letters 4, a base without any of the four"
UNIT = "ln of observed over expected contacts"


def output_description(
    *, resolution: int, crop: int, window_bins: int, targets: Sequence[str], ignore_diags: int,
    coarsegrain: Mapping[str, Any], expected: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """What the model gives: `outputs` of model.yaml.

    Parameters
    ----------
    resolution, window_bins, crop
        Bin size (bp), bins of a window, and bins that its map lacks on each side.
    targets
        Name of each predicted map.
    ignore_diags
        Diagonals that were not trained on.
    coarsegrain, expected
        Config sections of these names: how the maps that were trained on were made.
    """
    return {
        "unit": UNIT,
        "targets": list(targets),
        "resolution": resolution,
        "bins": window_bins - 2 * crop,
        "crop": crop,
        "pixels": "symmetric map; upper triangle, row by row",
        "ignore_diags": ignore_diags,
        "transformation": {
            "coarsegrain": dict(coarsegrain),
            "expected": "mean balanced contacts at each distance, over all chromosomes",
            **{key: expected[key] for key in ("sigma", "kernel_size", "clip_value")},
        },
        "undo": "O/E = exp(value); coarse-graining, smoothing and clipping are not undone",
    }


def baseline_rows(
    data: EnhancementData, *, column: str, crop: int, ignore_diags: int
) -> list[dict[str, Any]]:
    """Scores of the mean of the training maps on validation and test windows.

    Parameters
    ----------
    data
        Dataset of kind sequence.
    column
        Its column with the split.
    crop, ignore_diags
        Bins cropped on each side; diagonals that pooled scores ignore.
    """
    bins, train = data.window_bins - 2 * crop, data.rows("train", column=column)
    total = np.zeros((bins, bins))
    for row in train:
        total += center_crop(data.maps_of("target", [row])[0], bins)
    mean = (total / len(train)).astype("float32")
    rows = []
    for split in ("valid", "test"):
        some = data.rows(split, column=column)
        truth = center_crop(data.maps_of("target", some), bins)
        scores = pooled_scores(truth, np.broadcast_to(mean, truth.shape), ignore_diags=ignore_diags)
        number = int(scores.pop("pixels"))
        rows += [
            {"model": BASELINE, "split": split, "metric": name, "mean": round(value, 6), "sd": 0.0,
             "networks": 1, "n": number}
            for name, value in scores.items()
        ]  # fmt: skip
    return rows


def main(
    dataset: str,
    networks: Sequence[str],
    metrics: str,
    *,
    name: str,
    seeds: Sequence[int],
    variant: dict,
    embeddings: str,
    assembly: str,
    crop: int,
    maps: dict,
    scored_from: int,
    settings: dict,
    model: str,
) -> None:
    """Write the bundle of a model.

    Parameters
    ----------
    dataset, networks, metrics
        Dataset of kind sequence; network of each seed; metrics.tsv of the run.
    name, seeds, variant
        Name of the model; seed of each network; its entry of `presets.sequence_variants`.
    embeddings
        File of embeddings that it reads in place of DNA, or empty.
    assembly, crop
        Genome; bins cropped on each side.
    maps
        Config sections `coarsegrain` and `expected`.
    scored_from
        Diagonals that pooled scores ignore.
    settings
        `presets.sequence_settings`, and the preset.
    model
        Output: model.yaml in the folder of the bundle.
    """
    training, column = settings["training"], variant["column"]
    with EnhancementData(dataset) as data:
        train = data.rows("train", column=column)
        labels = getattr(data, column)
        inputs = {
            "alphabet": ALPHABET,
            "length": data.window_bp,
            "resolution": data.resolution,
            "window_bins": data.window_bins,
            "strand": "forward",
            "reverse_complement": training["reverse_complement"],
            "max_shift": training["max_shift"],
            **({"embeddings": embedding_shape(embeddings)} if variant["embedded"] else {}),
            "assembly": assembly,
            "chromosomes": sorted(set(data.chrom[train].tolist())),
            "maps": list(dict.fromkeys(data.map[train].tolist())),
        }
        outputs = output_description(
            resolution=data.resolution, crop=crop, window_bins=data.window_bins, targets=["mean"],
            ignore_diags=training["ignore_diags"], **maps,
        )  # fmt: skip
        numbers = {
            split: int((labels == split).sum()) for split in dict.fromkeys(labels.tolist()) if split
        }
        baseline = baseline_rows(data, column=column, crop=crop, ignore_diags=scored_from)
        # window by window, since all maps at once may be gigabytes
        each = [fingerprint({}, data.codes([r]), data.maps_of("target", [r])) for r in train]
        sums = fingerprint({"train": each}, labels)
    control = f"sequence_{variant['head']}_shuffled"
    scores = [row for row in score_rows(metrics, "all") if row["model"] in (name, control)]
    facts = {
        "paper": "enhancement",
        "model": name,
        "kind": KIND,
        "citation": "Kriukov et al. 2021, preprint; Fudenberg et al. 2020,"
        " doi:10.1038/s41592-020-0958-x",
        "license": LICENSE,
        "inputs": inputs,
        "outputs": outputs,
        "training": {
            "windows": numbers,
            "split": column,
            "data_sha256": sums,
            "seeds": list(seeds),
            "head": variant["head"],
            **settings,
        },
        "metrics": [*scores, *baseline],
    }
    files = {f"seed{seed}": path for seed, path in zip(seeds, networks, strict=True)}
    about = [*ABOUT]
    if variant["embedded"]:
        about.append("It reads embeddings of a language model, which `apply` does not make.")
    if column != "split":
        about.append(
            "Trained on a random split: windows of the same region may be in training and test."
        )
    card = card_text(f"Enhancement, {name}, trained on {assembly}", about, facts, METRIC)
    write_bundle(Path(model).parent, facts, files, card)


def embedding_shape(path: str) -> dict[str, int]:
    """Positions and dimension of a window's embeddings."""
    found = WindowEmbeddings(path)
    found.close()
    return {"positions": found.positions, "dimension": found.dimension}


if __name__ == "__main__":
    run_script(main, snakemake, embeddings=str(snakemake.input.get("embeddings", "")))
