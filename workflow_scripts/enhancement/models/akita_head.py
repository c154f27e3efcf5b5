"""Akita's head (Fudenberg 2020): pairs of positions, refined by dilated convolutions of the map."""

from workflow_scripts.enhancement.models.map_layers import PairMeans, symmetrise
from workflow_scripts.enhancement.models.sequence_trunk import Blocks


def akita_head(x, blocks: Blocks):
    """(batch, n, width) to symmetric (batch, n, n, map_filters); 98,160 parameters in full."""
    network = blocks.network
    x = symmetrise(blocks.conv(PairMeans()(x), network["map_filters"], 3))
    for dilation in network["map_dilations"]:
        y = blocks.conv(x, network["map_residual_filters"], 3, dilation)
        y = blocks.dropout(blocks.conv(y, network["map_filters"], 1), network["map_dropout"])
        x = x + symmetrise(y)
    return x
