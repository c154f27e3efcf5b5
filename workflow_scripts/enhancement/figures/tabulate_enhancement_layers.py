"""Layers of the run's networks, for the figures, and their sizes beside the published ones."""

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.enhancement.evaluation.network_sizes import row, size_rows
from workflow_scripts.enhancement.models.image_models import build_networks

COLUMNS = [
    "network", "part", "layer", "kind", "filters", "kernel", "stride", "dilation", "shape",
    "parameters", "trainable",
]  # fmt: skip


def first_number(layer: keras.layers.Layer, *names: str) -> int:
    """The first of a layer's attributes that it has, of a tuple its first; 0 for none."""
    for name in names:
        value = getattr(layer, name, None)
        value = value[0] if isinstance(value, tuple | list) and value else value
        if isinstance(value, int | np.integer) and not isinstance(value, bool):
            return int(value)
    return 0


def shape_of(layer: keras.Operation) -> str:
    """Shape of the (first) output of a layer or operation without the batch, as text."""
    # a part that several networks share has an output in each: the last is this one's
    shape = layer._inbound_nodes[-1].output_tensors[0].shape
    return " × ".join("?" if size is None else str(size) for size in shape[1:])


def layer_rows(network: keras.Model, name: str, part: str = "") -> list[dict]:
    """A row per layer in order, those of parts that are models of their own under their name.

    Parts of a sequence model are told by its layers `positions` and `contacts`.
    """
    rows: list[dict] = []
    in_parts = any(layer.name == "positions" for layer in network.layers)
    stage = "trunk" if in_parts and not part else part
    for layer in network.operations:
        if isinstance(layer, keras.Model):
            rows += layer_rows(layer, name, layer.name)
            continue
        stage = "tail" if in_parts and not part and layer.name == "contacts" else stage
        weights = layer.trainable_weights if isinstance(layer, keras.layers.Layer) else []
        count = layer.count_params() if isinstance(layer, keras.layers.Layer) else 0
        rows.append(dict(
            network=name, part=stage, layer=layer.name, kind=type(layer).__name__,
            filters=first_number(layer, "filters", "units"),
            kernel=first_number(layer, "kernel_size", "pool_size"),
            stride=first_number(layer, "strides"), dilation=first_number(layer, "dilation_rate"),
            shape=shape_of(layer), parameters=count,
            trainable=sum(int(np.prod(weight.shape)) for weight in weights),
        ))  # fmt: skip
        stage = "head" if in_parts and not part and layer.name == "positions" else stage
    return rows


def main(
    networks: dict[str, str],
    windows: str,
    *,
    image_settings: dict | None,
    size: int,
    resolution: int,
    crop: int,
    sequence_crop: int,
    first_diagonal: int,
    out: str,
    sizes: str,
) -> None:
    """Write the layers of each network, and rows of sizes with the columns of metrics.tsv.

    Parameters
    ----------
    networks
        Trained networks by name, one seed of each.
    windows
        Table of the run's windows.
    image_settings
        Settings of the image model, whose discriminator no training keeps: it is built again.
    size, resolution, crop
        Bins of a window, their size (bp), and what an image model's map lacks on each side.
    sequence_crop, first_diagonal
        What a sequence model's map lacks on each side, and its first diagonal that counts.
    out, sizes
        What is written.
    """
    rows: list[dict] = []
    for name, path in networks.items():
        rows += layer_rows(keras.models.load_model(path, compile=False), name)
    if image_settings is not None:
        judge = build_networks("image", image_settings, size=size, crop=crop, seed=0)[1:]
        rows += [row for network in judge for row in layer_rows(network, "discriminator")]
    table = pd.DataFrame(rows, columns=COLUMNS)
    with atomic_path(out) as temporary:
        table.to_csv(temporary, sep="\t", index=False)
    found = size_rows(table, sequence_bins=size - 2 * sequence_crop, first_diagonal=first_diagonal)
    kept = pd.read_csv(windows, sep="\t").query("kept and kind == 'sequence'")
    for name, value in (
        ("window_bins", size), ("window_bp", size * resolution), ("sequence_windows", len(kept)),
    ):  # fmt: skip
        found.append(row(name, value, model="data"))
    write_metrics(sizes, found)


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            dict(zip(snakemake.params.names, snakemake.input.networks, strict=True)),
            snakemake.input.windows,
            image_settings=snakemake.params.image_settings,
            **snakemake.params.sizes,
            out=snakemake.output.table,
            sizes=snakemake.output.sizes,
        )
