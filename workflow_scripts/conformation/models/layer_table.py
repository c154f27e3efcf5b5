"""Layers of the trained networks, for Figure 1 and the table of numbers."""

from collections.abc import Mapping

import keras
import pandas as pd

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


def layer_table(networks: Mapping[str, keras.Model]) -> pd.DataFrame:
    """Rows of some named networks: network, layer, kind, length, channels, parameters."""
    rows = [row for name, network in networks.items() for row in layer_rows(network, name)]
    return pd.DataFrame(rows, columns=COLUMNS)
