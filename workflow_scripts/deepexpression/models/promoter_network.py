"""The promoter trunk: convolution, dense blocks and dense layers (Zeng 2018)."""

from collections.abc import Iterator, Sequence
from functools import partial

import keras

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.models.layers import (
    CountKmers,
    OneHotBases,
    ShiftBases,
    TwoStrandConv1D,
)

FIRST = "first_convolution"
PROMOTER = "promoter"


def seeds_from(seed: int) -> Iterator[int]:
    """Seeds of the layers of a network."""
    return iter(range(10_000 * seed, 10_000 * (seed + 1)))


def build_trunk(
    *,
    length: int,
    filters: int,
    kernel_size: int,
    strands: str,
    activation: str,
    first_pool_size: int,
    pool_before_batchnorm: bool,
    blocks: int,
    layers_per_block: int,
    growth_rate: int,
    block_kernel_size: int,
    block_dropout: float,
    compression: float,
    transition_batchnorm: bool,
    transition_dropout: float,
    transitions: str,
    pooling: str,
    pool_size: int,
    global_pooling: str,
    dense_units: Sequence[int],
    dense_batchnorm: bool,
    dense_dropout: float,
    dense_dropout_after: str,
    segments: int = 10,
    kmers: Sequence[tuple[int, int]] = (),
    kmer_dropout: float = 0.0,
    global_pooling_dropout: float = 0.0,
    max_shift: int = 0,
    batchnorm_momentum: float = 0.99,
    seed: int = 0,
) -> keras.Model:
    """Build the promoter trunk: convolution, dense blocks, dense layers.

    Parameters
    ----------
    length
        Length of a promoter (bp).
    filters, kernel_size, strands, activation
        First layer: number and length (bp) of the kernels; `forward` strand, or both strands
        combined by `max` or `concatenate` (a kernel and its reverse complement share weights);
        activation after batch normalization.
    first_pool_size, pool_before_batchnorm
        Pooling after the first layer, 1 for none, as in the paper; whether it precedes batch
        normalization and activation, which is faster.
    blocks, layers_per_block, growth_rate, block_kernel_size, block_dropout
        Dense blocks; the layers of each (BN-ReLU-convolution-dropout) add `growth_rate` channels.
    compression, transition_batchnorm, transition_dropout, pooling, pool_size
        Transition: 1 x 1 convolution to this fraction of the channels, dropout, pooling (`max` or
        `average`). With `transition_batchnorm`, BN-ReLU precedes each transition and follows the
        last block, as in DenseNet.
    transitions
        `between` blocks, or after `every` block.
    global_pooling, segments
        From positions to one vector: `flatten`, `max`, `average`, `both` of these, or `segments`:
        both, and the averages of that many equal segments.
    dense_units, dense_batchnorm, dense_dropout, dense_dropout_after
        Units of the dense ReLU layers; batch normalization in place of their biases; dropout
        rate, after `each` of them or the `last`.
    global_pooling_dropout
        Dropout rate after global pooling.
    kmers, kmer_dropout
        (k, number of segments) of each `CountKmers` layer, whose counts are batch-normalized and
        joined to the pooled vector; dropout rate of the counts. The paper has none.
    max_shift
        Largest shift of a sequence during training (bp).
    batchnorm_momentum
        Keras' default 0.99 needs hundreds of steps to forget the initial moments.
    seed
        Seed of weights and dropout.

    Returns
    -------
    keras.Model
        Takes uint8 (batch, length) base codes, gives float32 (batch, dense_units[-1]).
    """
    seeds = seeds_from(seed)
    norm = partial(keras.layers.BatchNormalization, momentum=batchnorm_momentum)
    x = codes = keras.Input((length,), dtype="uint8", name="bases")
    if max_shift:
        x = ShiftBases(max_shift, seed=next(seeds), name="shift")(x)
    read = x
    x = OneHotBases(name="one_hot")(read)
    if strands == "forward":
        x = keras.layers.Conv1D(
            filters, kernel_size, padding="same", use_bias=False, name=FIRST,
            kernel_initializer=keras.initializers.HeUniform(next(seeds)),
        )(x)  # fmt: skip
    else:
        x = TwoStrandConv1D(filters, kernel_size, strands=strands, seed=next(seeds), name=FIRST)(x)
    if first_pool_size > 1 and pool_before_batchnorm:
        x = _pool(x, pooling, first_pool_size, "first_pool")
    x = norm(name="first_norm")(x)
    x = keras.layers.Activation(activation, name="first_activation")(x)
    if first_pool_size > 1 and not pool_before_batchnorm:
        x = _pool(x, pooling, first_pool_size, "first_pool")
    for block in range(1, blocks + 1):
        for layer in range(1, layers_per_block + 1):
            name = f"block_{block}_{layer}"
            new = norm(name=f"{name}_norm")(x)
            new = keras.layers.Activation("relu", name=f"{name}_relu")(new)
            new = _convolution(
                growth_rate, block_kernel_size, f"{name}_convolution", next(seeds)
            )(new)  # fmt: skip
            if block_dropout:
                drop = keras.layers.Dropout(block_dropout, seed=next(seeds), name=f"{name}_drop")
                new = drop(new)
            x = keras.layers.Concatenate(name=f"{name}_join")([x, new])
        if block == blocks and transitions == "between":
            break
        name = f"transition_{block}"
        if transition_batchnorm:
            x = norm(name=f"{name}_norm")(x)
            x = keras.layers.Activation("relu", name=f"{name}_relu")(x)
        channels = max(1, int(compression * x.shape[-1]))
        x = _convolution(channels, 1, f"{name}_convolution", next(seeds))(x)
        if transition_dropout:
            x = keras.layers.Dropout(transition_dropout, seed=next(seeds), name=f"{name}_drop")(x)
        x = _pool(x, pooling, pool_size, f"{name}_pool")
    if blocks and transition_batchnorm:
        x = norm(name="last_norm")(x)
        x = keras.layers.Activation("relu", name="last_relu")(x)
    x = _pool_globally(x, global_pooling, segments)
    if global_pooling_dropout:
        x = keras.layers.Dropout(
            global_pooling_dropout, seed=next(seeds), name="global_pooling_drop"
        )(x)
    if kmers:
        counts = [CountKmers(k, n, name=f"kmers_{k}_{n}")(read) for k, n in kmers]
        known = counts[0]
        if len(counts) > 1:
            known = keras.layers.Concatenate(name="kmers")(counts)
        known = norm(name="kmer_norm")(known)
        if kmer_dropout:
            known = keras.layers.Dropout(kmer_dropout, seed=next(seeds), name="kmer_drop")(known)
        x = keras.layers.Concatenate(name="with_kmers")([x, known])
    for number, units in enumerate(dense_units, start=1):
        name = f"dense_{number}"
        if dense_batchnorm:
            x = keras.layers.Dense(
                units, use_bias=False, name=name,
                kernel_initializer=keras.initializers.HeUniform(next(seeds)),
            )(x)  # fmt: skip
            x = norm(name=f"{name}_norm")(x)
            x = keras.layers.Activation("relu", name=f"{name}_relu")(x)
        else:
            x = dense_layer(units, name, next(seeds))(x)
        if dense_dropout and (dense_dropout_after == "each" or number == len(dense_units)):
            x = keras.layers.Dropout(dense_dropout, seed=next(seeds), name=f"{name}_drop")(x)
    return keras.Model(codes, x, name=PROMOTER)


def _convolution(filters: int, kernel_size: int, name: str, seed: int) -> keras.layers.Layer:
    return keras.layers.Conv1D(
        filters, kernel_size, padding="same", use_bias=False, name=name,
        kernel_initializer=keras.initializers.HeUniform(seed),
    )  # fmt: skip


def dense_layer(units: int, name: str, seed: int) -> keras.layers.Layer:
    """A dense ReLU layer with He uniform initialization."""
    return keras.layers.Dense(
        units, activation="relu", name=name,
        kernel_initializer=keras.initializers.HeUniform(seed),
    )  # fmt: skip


def _pool(x, kind: str, size: int, name: str):
    if x.shape[1] < size:
        raise UserError(
            f"deepexpression.network: {name}: too few positions ({x.shape[1]}); expected: at least"
            f" the pool size {size}; fix: use longer promoters, smaller pools or fewer blocks"
        )
    layer = {"max": keras.layers.MaxPooling1D, "average": keras.layers.AveragePooling1D}[kind]
    return layer(size, name=name)(x)


def _pool_globally(x, kind: str, segments: int):
    if kind == "flatten":
        return keras.layers.Flatten(name="flat")(x)
    largest = keras.layers.GlobalMaxPooling1D(name="largest")
    mean = keras.layers.GlobalAveragePooling1D(name="mean")
    if kind in ("max", "average"):
        return (largest if kind == "max" else mean)(x)
    values = [largest(x), mean(x)]
    if kind == "segments":
        size = -(-x.shape[1] // segments)
        parts = keras.layers.AveragePooling1D(size, padding="same", name="segment_means")(x)
        values.append(keras.layers.Flatten(name="flat")(parts))
    return keras.layers.Concatenate(name="global_pooling")(values)
