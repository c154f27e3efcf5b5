"""Layers of the trained networks, for Figure 1 and the table of numbers."""

import keras
import pandas as pd

from workflow_scripts.chromaloom.files import atomic_path
from workflow_scripts.chromaloom.job import script_job

COLUMNS = ["network", "layer", "kind", "length", "channels", "parameters"]


def layer_rows(network: keras.Model, name: str) -> list[dict]:
    """A row per layer that has an output: its kind, length, channels and parameters."""
    rows = []
    for layer in network.layers:
        shape = layer.output.shape[1:]
        rows.append(dict(network=name, layer=layer.name, kind=type(layer).__name__,
                         length=shape[0], channels=shape[1] if len(shape) > 1 else 1,
                         parameters=layer.count_params()))  # fmt: skip
    return rows


def main(networks: dict[str, str], *, out: str) -> None:
    """Write the layers of each network, from the files of one training each."""
    rows = []
    for name, path in networks.items():
        rows += layer_rows(keras.models.load_model(path, compile=False), name)
    with atomic_path(out) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(temporary, sep="\t", index=False)


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            dict(zip(snakemake.params.names, snakemake.input.networks, strict=True)),
            out=snakemake.output.table,
        )
