"""Tabulate the layers of trained networks, for Figure 1 and the model sizes in metrics.tsv."""

import keras
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.models.fold_models import load_fold

COLUMNS = ["network", "part", "layer", "kind", "length", "channels", "kernel", "parameters"]


def kernel_size(layer: keras.layers.Layer) -> int:
    """Kernel or pool size of a layer; 0 if it has none."""
    for name in ("kernel_size", "pool_size"):
        if size := getattr(layer, name, 0):
            return int(size[0] if isinstance(size, tuple | list) else size)
    return 0


def layer_rows(network: keras.Model, name: str, part: str = "") -> list[dict]:
    """A row per layer, with the part (trunk, branch, head) that contains it.

    If a fold's model is the mean of several networks, only the first is included.
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


def main(models: dict[str, str], *, table: str) -> None:
    """Write the layers of each network, from the first fold of its folder of models."""
    rows = []
    for name, folder in models.items():
        rows += layer_rows(load_fold(folder, 0), name)
    write_table(pd.DataFrame(rows, columns=COLUMNS), table)


if __name__ == "__main__":
    run_script(main, snakemake)
