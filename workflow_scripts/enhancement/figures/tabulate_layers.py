"""Layers of the run's networks for the figures, and sizes of networks as rows of metrics.tsv."""

import re
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.evaluation.inference import load_network
from workflow_scripts.enhancement.models.image_models import build_networks
from workflow_scripts.enhancement.models.losses import insulation_sizes

COLUMNS = [
    "network", "part", "layer", "kind", "filters", "kernel", "stride", "dilation", "shape",
    "parameters", "trainable",
]  # fmt: skip
# metric: network, and column that is summed over its layers
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
# metric: network and its part, whose trainable parameters are summed
PARTS = {
    "sequence_trunk_parameters": ("sequence_akita", "trunk"),
    "sequence_akita_head_parameters": ("sequence_akita", "head"),
    "hybrid_head_parameters": ("hybrid", "head"),
}


def main(
    networks: Sequence[str],
    windows: str,
    *,
    names: Sequence[str],
    image_settings: dict | None,
    window_bins: int,
    resolution: int,
    image_crop: int,
    sequence_crop: int,
    ignore_diags: int,
    table: str,
    sizes: str,
) -> None:
    """Write the layers of each network, and sizes as rows of metrics.tsv.

    Parameters
    ----------
    networks, names
        Trained networks, one seed of each, and their names.
    windows
        Table of the run's windows.
    image_settings
        `presets.image_settings` of the image model; its discriminator is not saved in training and
        is built again.
    window_bins, resolution
        Bins of a window, and their size (bp).
    image_crop, sequence_crop, ignore_diags
        Bins that the map of an image model and of a sequence model lacks on each side, and ignored
        diagonals of the latter.
    table, sizes
        Output files.
    """
    rows: list[dict] = []
    for name, path in zip(names, networks, strict=True):
        rows += layer_rows(load_network(path), name)
    if image_settings is not None:
        built = build_networks("image", image_settings, size=window_bins, crop=image_crop, seed=0)
        rows += [row for network in built[1:] for row in layer_rows(network, "discriminator")]
    layers = pd.DataFrame(rows, columns=COLUMNS)
    with atomic_path(table) as temporary:
        layers.to_csv(temporary, sep="\t", index=False)
    found = size_rows(
        layers, sequence_bins=window_bins - 2 * sequence_crop, ignore_diags=ignore_diags
    )
    kept = pd.read_csv(windows, sep="\t").query("kept and kind == 'sequence'")
    facts = {"window_bins": window_bins, "window_bp": window_bins * resolution}
    if len(kept):
        facts["sequence_windows"] = len(kept)
    found += [size_row(name, value, model="data") for name, value in facts.items()]
    write_metrics(sizes, found)


def layer_rows(network: keras.Model, name: str, part: str = "") -> list[dict]:
    """A row per layer in order; layers of nested models have that model's name as part.

    Trunk, head and tail of a sequence model are separated by its layers `positions` and `contacts`.
    """
    rows: list[dict] = []
    is_sequence = any(layer.name == "positions" for layer in network.layers) and not part
    stage = "trunk" if is_sequence else part
    for layer in network.operations:
        if isinstance(layer, keras.Model):
            rows += layer_rows(layer, name, layer.name)
            continue
        stage = "tail" if is_sequence and layer.name == "contacts" else stage
        weights = layer.trainable_weights if isinstance(layer, keras.layers.Layer) else []
        count = layer.count_params() if isinstance(layer, keras.layers.Layer) else 0
        rows.append(dict(
            network=name, part=stage, layer=layer.name, kind=type(layer).__name__,
            filters=first_number(layer, "filters", "units"),
            kernel=first_number(layer, "kernel_size", "pool_size"),
            stride=first_number(layer, "strides"), dilation=first_number(layer, "dilation_rate"),
            shape=output_shape(layer), parameters=count,
            trainable=sum(int(np.prod(weight.shape)) for weight in weights),
        ))  # fmt: skip
        stage = "head" if is_sequence and layer.name == "positions" else stage
    return rows


def first_number(layer: keras.layers.Layer, *names: str) -> int:
    """First integer among some attributes of a layer (of a tuple its first); 0 if none."""
    for name in names:
        value = getattr(layer, name, None)
        value = value[0] if isinstance(value, tuple | list) and value else value
        if isinstance(value, int | np.integer) and not isinstance(value, bool):
            return int(value)
    return 0


def output_shape(layer: keras.Operation) -> str:
    """Shape of the (first) output of a layer or operation without the batch, as text."""
    # a part that several networks share has an output in each: the last is that of this network
    shape = layer._inbound_nodes[-1].output_tensors[0].shape
    return " × ".join("?" if size is None else str(size) for size in shape[1:])


def size_rows(layers: pd.DataFrame, *, sequence_bins: int, ignore_diags: int) -> list[dict]:
    """Rows of metrics.tsv, model `networks`, for the networks in a table of layers.

    Parameters
    ----------
    layers
        Table with `COLUMNS`.
    sequence_bins, ignore_diags
        Bins of a sequence model's map, and its ignored diagonals.
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
        found["sequence_positions"] = last_shape(rows[rows.layer == "positions"])[0]
    if "image" in by_name:
        bins = last_shape(by_name["image"])[0]
        found["image_generator_bins"] = bins
        found["insulation_values"] = insulation_length(bins)
    if "discriminator" in by_name:
        height, width, *_ = last_shape(by_name["discriminator"])
        found["image_discriminator_logits"] = height * width
    if "vae" in by_name:
        rows = by_name["vae"]
        found["vae_latent"] = rows.filters[rows.layer == "mean"].iloc[0]
    if any(name.startswith("sequence_") for name in by_name):
        rest = sequence_bins - ignore_diags
        found["sequence_values"] = rest * (rest + 1) // 2
    return [size_row(f"size_{metric}", value) for metric, value in found.items()]


def size_row(metric: str, value: Any, *, model: str = "networks") -> dict[str, Any]:
    """A row of metrics.tsv for all splits and seeds."""
    return {"model": model, "sample": "all", "split": "all", "seed": 0, "metric": metric,
            "value": float(value), "n": 1}  # fmt: skip


def last_shape(layers: pd.DataFrame) -> list[int]:
    """Shape of the last layer's output."""
    return [int(number) for number in re.findall(r"\d+", layers["shape"].iloc[-1])]


def insulation_length(bins: int) -> int:
    """Length of the insulation vector of a map with some bins."""
    sizes = insulation_sizes(bins)
    # squares along the diagonal, without those that lack `reach` neighbors on one side
    return bins - sizes["window"] + 1 - 2 * sizes["reach"] + 1


if __name__ == "__main__":
    run_script(main, snakemake)
