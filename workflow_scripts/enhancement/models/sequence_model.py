"""Sequence models: DNA of a window, or embeddings of it, to its O/E map.

Trunk (pooled convolutions, dilated residual blocks), head (Akita's, Fudenberg 2020, or the graph
transformer of Kriukov et al.), and a linear layer to one channel, resized to the window's bins.
"""

import keras

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.models.sequence_layers import (
    DistanceEmbedding,
    GraphConvolution,
    PairBilinear,
    PairMeans,
    ResizeMap,
    SequenceLayerFactory,
    symmetrize,
)

TILE = 16_384  # positions computed at once on a CPU: larger tiles are no faster and need memory


def build_sequence_model(
    network: dict,
    head: str,
    *,
    length: int,
    bins: int,
    dimension: int = 0,
    seed: int = 0,
    tile: int = TILE,
) -> keras.Model:
    """Build a sequence model.

    Parameters
    ----------
    network
        Section `network` of `presets.sequence_settings`.
    head
        akita or graph.
    length, bins
        Length of a window (bp) and its bins B; with `dimension`, positions of its embeddings.
    dimension
        Of the embeddings that replace the DNA; 0: DNA.
    seed
        Seed of weights and dropout.
    tile
        Positions computed at once in the long layers; 0: all.

    Returns
    -------
    keras.Model
        Codes uint8 (batch, length), or embeddings float32 (batch, length, dimension), to ln(O/E)
        float32 (batch, B, B), symmetric; its margin is not trained. 1 Mb, akita: 797,921
        parameters, of which 792,225 are trainable.
    """
    make = SequenceLayerFactory(network, seed)
    if dimension:
        inputs = keras.Input((length, dimension), name="embeddings")
        x = embedding_trunk(inputs, bins, make)
    else:
        inputs = keras.Input((length,), dtype="uint8", name="codes")
        x = sequence_trunk(inputs, bins, make, tile)
    x = HEADS[head](x, make)
    x = keras.layers.Conv2D(1, 1, kernel_initializer=make.kernel(), name="contacts")(x)
    return keras.Model(inputs, ResizeMap(bins, name="map")(x), name=f"sequence_{head}")


def count_halvings(length: int, bins: int) -> int:
    """How often positions are halved (rounded down) such that at least `bins` are left.

    1,000,000 bp and 200 bins: 12, which leaves 244 positions.

    Raises
    ------
    UserError
        Less than once.
    """
    if length < 2 * bins:
        raise UserError(
            f"enhancement.resolution: windows of {length} bp with {bins} bins are too short for"
            " sequence models; expected: bins of at least 2 bp"
        )
    number = 1
    while length >> (number + 1) >= bins:
        number += 1
    return number


def sequence_trunk(codes, bins: int, make: SequenceLayerFactory, tile: int = TILE):
    """Trunk for DNA: pooled convolutions, dilated residual blocks, the last convolution, ReLU.

    Parameters
    ----------
    codes
        (batch, window_bp) uint8, 0-3 = ACGT, 4 = N.
    bins
        B of a window.
    make
        Layers of the network.
    tile
        Positions computed at once in the long layers; 0: all.

    Returns
    -------
    keras.KerasTensor
        (batch, positions, output_filters), positions at least B. 694,016 trainable parameters in
        full.
    """
    network = make.network
    width = min(network["stem_filters"] or network["filters"], network["filters"])
    x = make.conv_pool(codes, width, network["stem_kernel_size"], tile)
    for _ in range(count_halvings(codes.shape[1], bins) - 1):
        width = min(2 * width, network["filters"])
        x = make.conv_pool(x, width, network["kernel_size"], tile)
    return residual_tower(x, make)


def embedding_trunk(embeddings, bins: int, make: SequenceLayerFactory):
    """Trunk for embeddings (batch, n, dimension) of a language model, in place of pooled DNA.

    Positions are averaged until fewer than 2 B are left.

    Raises
    ------
    UserError
        Fewer positions than bins.
    """
    positions = embeddings.shape[1]
    if positions < bins:
        raise UserError(
            f"enhancement.embeddings: {positions} positions per window; expected: at least {bins},"
            " one per bin"
        )
    x = embeddings
    if (width := positions // bins) > 1:
        x = keras.layers.AveragePooling1D(width)(x)
    x = keras.layers.Conv1D(
        make.network["filters"], 1, use_bias=False, kernel_initializer=make.kernel()
    )(x)
    return residual_tower(make.batch_norm(x), make)


def residual_tower(x, make: SequenceLayerFactory):
    """The trunk from the dilated blocks on: (batch, n, filters) to (batch, n, output_filters)."""
    network = make.network
    for dilation in network["dilations"]:
        y = make.conv(x, network["residual_filters"], 3, dilation)
        y = make.conv(y, x.shape[-1], 1)
        x = x + make.dropout(y, network["dropout"])
    return keras.layers.ReLU(name="positions")(
        make.conv(x, network["output_filters"], network["last_kernel_size"])
    )


def akita_head(x, make: SequenceLayerFactory):
    """Akita's head: means of pairs, refined by dilated convolutions of the map.

    (batch, n, width) to a symmetric map (batch, n, n, map_filters); 98,160 parameters in full.
    """
    network = make.network
    x = symmetrize(make.conv(PairMeans()(x), network["map_filters"], 3))
    for dilation in network["map_dilations"]:
        y = make.conv(x, network["map_residual_filters"], 3, dilation)
        y = make.dropout(make.conv(y, network["map_filters"], 1), network["map_dropout"])
        x = x + symmetrize(y)
    return x


def graph_head(x, make: SequenceLayerFactory):
    """Graph-transformer head: (batch, n, width) to a symmetric map (batch, n, n, map_filters)."""
    network, width = make.network, x.shape[-1]
    table = DistanceEmbedding(network["edge_width"], seed=next(make.seeds))(x)
    for _ in range(network["graph_layers"]):
        y = GraphConvolution(
            network["graph_heads"], width, dropout=network["attention_dropout"],
            causal=network["causal"], seed=next(make.seeds),
        )([x, table])  # fmt: skip
        y = keras.layers.ReLU()(make.batch_norm(y))
        y = keras.layers.Dense(width, kernel_initializer=make.kernel())(y)
        x = x + make.dropout(make.batch_norm(y), network["graph_dropout"])
    pairs = PairBilinear(network["map_filters"], seed=next(make.seeds))(x)
    return keras.layers.ReLU()(make.batch_norm(symmetrize(pairs)))


HEADS = {"akita": akita_head, "graph": graph_head}
