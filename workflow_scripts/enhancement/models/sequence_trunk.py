"""Trunk of the sequence models: DNA to the positions of a map."""

from collections.abc import Iterator

import keras

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.models.long_convolution import ConvPool

TILE = 16_384  # positions made at once: longer ones are no faster, and need more memory


class Blocks:
    """Makes the blocks of one network, each weight with a seed of its own, Xavier-uniform.

    Parameters
    ----------
    network
        `sequence_presets` settings of the network.
    seed
        Of weights and dropout.
    """

    def __init__(self, network: dict, seed: int) -> None:
        self.network = network
        self.seeds: Iterator[int] = iter(range(1000 * seed, 1000 * seed + 1000))

    def start(self) -> keras.initializers.Initializer:
        """How a kernel starts."""
        return keras.initializers.GlorotUniform(next(self.seeds))

    def normalise(self, x):
        """Batch normalisation."""
        network = self.network
        return keras.layers.BatchNormalization(
            momentum=network["momentum"], epsilon=network["epsilon"]
        )(x)

    def conv(self, x, filters: int, size: int, dilation: int = 1):
        """ReLU → convolution without bias → batch normalisation, of sequences or of maps."""
        kind = keras.layers.Conv1D if len(x.shape) == 3 else keras.layers.Conv2D
        x = kind(
            filters, size, dilation_rate=dilation, padding="same", use_bias=False,
            kernel_initializer=self.start(),
        )(keras.layers.ReLU()(x))  # fmt: skip
        return self.normalise(x)

    def pooled(self, x, filters: int, size: int, tile: int):
        """As `conv`, then the maximum of each two positions."""
        return ConvPool(
            filters, size, momentum=self.network["momentum"], epsilon=self.network["epsilon"],
            tile=tile, kernel_initializer=self.start(),
        )(x)  # fmt: skip

    def dropout(self, x, share: float):
        """Dropout, of whole channels where x is a map."""
        if not share:
            return x
        kind = keras.layers.Dropout if len(x.shape) == 3 else keras.layers.SpatialDropout2D
        return kind(share, seed=next(self.seeds))(x)


def halvings(length: int, bins: int) -> int:
    """How often positions are halved (rounded down): as often as at least `bins` stay.

    1,000,000 bp and 200 bins: 12, which leaves 244 positions.

    Raises
    ------
    UserError
        Not even once.
    """
    if length < 2 * bins:
        raise UserError(
            f"enhancement: windows of {length} bp and {bins} bins; allowed for sequence models:"
            " bins of 2 bp or more"
        )
    number = 1
    while length >> (number + 1) >= bins:
        number += 1
    return number


def sequence_trunk(codes, bins: int, blocks: Blocks, tile: int = TILE):
    """Trunk: convolutions with pooling, dilated residual blocks, the last convolution, ReLU.

    Parameters
    ----------
    codes
        (batch, window_bp) uint8, 0-3 = ACGT, 4 = N.
    bins
        B of a window.
    blocks
        Of the network.
    tile
        Positions made at once in the long layers; 0: all.

    Returns
    -------
    keras.KerasTensor
        (batch, positions, width), positions at least B. 694,016 trainable parameters in full.
    """
    network = blocks.network
    width = min(network["stem_filters"] or network["filters"], network["filters"])
    x = blocks.pooled(codes, width, network["stem_kernel"], tile)
    for _ in range(halvings(codes.shape[1], bins) - 1):
        width = min(2 * width, network["filters"])
        x = blocks.pooled(x, width, network["kernel"], tile)
    return residual_tower(x, blocks)


def residual_tower(x, blocks: Blocks):
    """The trunk from the dilated blocks on: (batch, n, filters) to (batch, n, width)."""
    network = blocks.network
    for dilation in network["dilations"]:
        y = blocks.conv(x, network["residual_filters"], 3, dilation)
        y = blocks.conv(y, x.shape[-1], 1)
        x = x + blocks.dropout(y, network["dropout"])
    return keras.layers.ReLU(name="positions")(
        blocks.conv(x, network["width"], network["last_kernel"])
    )


def embedding_trunk(embeddings, bins: int, blocks: Blocks):
    """Trunk for embeddings (batch, n, dimension) of a language model, in place of the pooled DNA.

    Positions are averaged until fewer than 2 B are left; as few as one a bin are needed.

    Raises
    ------
    UserError
        Fewer positions than bins.
    """
    positions = embeddings.shape[1]
    if positions < bins:
        raise UserError(
            f"enhancement.embeddings: {positions} positions a window; allowed: at least {bins},"
            " one a bin"
        )
    x = embeddings
    if (width := positions // bins) > 1:
        x = keras.layers.AveragePooling1D(width)(x)
    x = keras.layers.Conv1D(
        blocks.network["filters"], 1, use_bias=False, kernel_initializer=blocks.start()
    )(x)
    return residual_tower(blocks.normalise(x), blocks)
