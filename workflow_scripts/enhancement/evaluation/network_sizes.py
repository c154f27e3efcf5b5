"""Sizes of a run's networks, as rows of metrics.tsv, to lie beside the published ones."""

import re
from typing import Any

import pandas as pd

from workflow_scripts.enhancement.models.insulation import insulation_sizes

# metric: network, and column that is added up over all of its layers
TOTALS = {
    "sequence_akita_parameters": ("sequence_akita", "parameters"),
    "sequence_akita_trainable": ("sequence_akita", "trainable"),
    "sequence_graph_parameters": ("sequence_graph", "parameters"),
    "image_generator_parameters": ("image", "trainable"),
    "image_discriminator_parameters": ("discriminator", "trainable"),
    "vae_parameters": ("vae", "trainable"),
    "hicplus_parameters": ("hicplus", "trainable"),
    "deephic_parameters": ("deephic", "trainable"),
}
# what is trained of one part of a network
PARTS = {
    "sequence_trunk_parameters": ("sequence_akita", "trunk"),
    "sequence_akita_head_parameters": ("sequence_akita", "head"),
    "hybrid_head_parameters": ("hybrid", "head"),
}


def last_sizes(layers: pd.DataFrame) -> list[int]:
    """Shape of the last layer's output."""
    return [int(number) for number in re.findall(r"\d+", layers["shape"].iloc[-1])]


def size_rows(layers: pd.DataFrame, *, sequence_bins: int, first_diagonal: int) -> list[dict]:
    """Rows with the columns of metrics.tsv, model `networks`; for networks that there are.

    Parameters
    ----------
    layers
        Table of `tabulate_enhancement_layers`.
    sequence_bins, first_diagonal
        Bins of a sequence model's map, and the first diagonal of it that counts.
    """
    found: dict[str, float] = {}
    by_name = dict(list(layers.groupby("network")))
    for metric, (network, column) in TOTALS.items():
        if network in by_name:
            found[metric] = by_name[network][column].sum()
    for metric, (network, part) in PARTS.items():
        if network in by_name:
            rows = by_name[network]
            rows = rows[rows.part == part]
            if len(rows):
                found[metric] = rows.trainable.sum()
    if "sequence_akita" in by_name:
        rows = by_name["sequence_akita"]
        found["sequence_positions"] = last_sizes(rows[rows.layer == "positions"])[0]
    if "image" in by_name:
        bins = last_sizes(by_name["image"])[0]
        found["image_generator_bins"] = bins
        found["insulation_values"] = insulation_values(bins)
    if "discriminator" in by_name:
        high, wide, *_ = last_sizes(by_name["discriminator"])
        found["image_discriminator_logits"] = high * wide
    if "vae" in by_name:
        rows = by_name["vae"]
        found["vae_latent"] = rows.filters[rows.layer == "mean"].iloc[0]
    rest = sequence_bins - first_diagonal
    found["sequence_values"] = rest * (rest + 1) // 2
    return [row(f"size_{metric}", value) for metric, value in found.items()]


def insulation_values(bins: int) -> int:
    """Length of the insulation vector of a map of some bins."""
    sizes = insulation_sizes(bins)
    # the pool's places, less those that lack a mean on one side
    return bins - sizes["window"] + 1 - 2 * sizes["reach"] + 1


def row(metric: str, value: Any, *, model: str = "networks") -> dict[str, Any]:
    """A row of metrics.tsv that belongs to no part or seed."""
    return {"model": model, "sample": "all", "split": "all", "seed": 0, "metric": metric,
            "value": float(value), "n": 1}  # fmt: skip
