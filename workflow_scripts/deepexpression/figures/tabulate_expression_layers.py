"""Layers of the trained networks, for Figure 1 and the table of numbers."""

import keras
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script

COLUMNS = ["network", "part", "layer", "kind", "length", "channels", "kernel", "parameters"]


def kernel_size(layer: keras.layers.Layer) -> int:
    """Positions that a layer's kernel or pool spans; 0 for those that have none."""
    for name in ("kernel_size", "pool_size", "width"):
        if size := getattr(layer, name, 0):
            return int(size[0] if isinstance(size, tuple | list) else size)
    return 0


def layer_rows(network: keras.Model, name: str, part: str = "") -> list[dict]:
    """A row per layer, those of a network's parts (trunk, branch, head) under the part's name.

    A fold's model may be the mean of several networks: only the first is told.
    """
    rows, parts = [], [layer for layer in network.layers if isinstance(layer, keras.Model)]
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            if part or layer is parts[0]:
                rows += layer_rows(layer, name, layer.name)
            continue
        shape = layer.output.shape[1:]
        rows.append(dict(network=name, part=part, layer=layer.name, kind=type(layer).__name__,
                         length=shape[0], channels=shape[1] if len(shape) > 1 else 1,
                         kernel=kernel_size(layer), parameters=layer.count_params()))  # fmt: skip
    return rows


def main(networks: dict[str, str], *, out: str) -> None:
    """Write the layers of each network, from the file of one training each."""
    rows = []
    for name, path in networks.items():
        rows += layer_rows(keras.models.load_model(path, compile=False), name)
    with atomic_path(out) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, sep="\t", index=False)


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        networks={
            name: f"{folder}/fold0.keras"
            for name, folder in zip(snakemake.params.names, snakemake.input.networks, strict=True)
        },
        out=snakemake.output.table,
    )
