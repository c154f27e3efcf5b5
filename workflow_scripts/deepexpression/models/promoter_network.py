"""The promoter trunk of DeepExpression's network (Zeng 2018)."""

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
    """Seeds of a network's layers, one after the other."""
    return iter(range(10_000 * seed, 10_000 * (seed + 1)))


def build_trunk(
    *,
    length: int,
    filters: int,
    kernel: int,
    strands: str,
    activation: str,
    first_pool: int,
    pool_first: bool,
    blocks: int,
    layers: int,
    growth: int,
    block_kernel: int,
    block_dropout: float,
    compression: float,
    transition_norm: bool,
    transition_dropout: float,
    transitions: str,
    pooling: str,
    pool: int,
    summary: str,
    dense: Sequence[int],
    dense_norm: bool,
    dropout: float,
    dropout_after: str,
    stretches: int = 10,
    kmers: Sequence[tuple[int, int]] = (),
    kmer_dropout: float = 0.0,
    summary_dropout: float = 0.0,
    shift: int = 0,
    norm_momentum: float = 0.99,
    seed: int = 0,
) -> keras.Model:
    """Build the promoter trunk: convolution, dense blocks, dense layers.

    Parameters
    ----------
    length
        Length of a promoter (bp).
    filters, kernel, strands, activation
        First convolution: number and length (bp) of kernels; `forward`, or both strands by
        `max` or `concatenate` (kernel and reverse complement share weights); what follows the
        batch normalisation (`relu`, `exponential`).
    first_pool, pool_first
        Positions pooled right after it, 1 for none, as in the paper; whether before batch
        normalisation and activation, which is quicker.
    blocks, layers, growth, block_kernel, block_dropout
        Dense blocks; layers in each, which add `growth` channels: BN-ReLU-convolution-dropout.
    compression, transition_norm, transition_dropout, pooling, pool
        Transition: 1 x 1 convolution to this share of the channels, dropout, pooling (`max` or
        `average`) of `pool` positions. With `transition_norm`, BN-ReLU comes before each of them
        and after the last block, as DenseNet has it.
    transitions
        `between` the blocks; `every`: after the last one, too.
    summary
        From positions to one vector: `flatten`, `max`, `average`, `both` of these, or `stretches`:
        both, and the averages of equally long parts.
    stretches
        Number of these parts.
    dense, dense_norm, dropout, dropout_after
        Units of the ReLU layers after that; whether batch normalisation takes the place of their
        biases; share dropped, after `each` of them or the `last` one.
    summary_dropout
        Share of the summary dropped.
    kmers, kmer_dropout
        k and number of parts, for each kind of k-mer that is counted (`CountKmers`) and joined to
        that vector, standardised; share of the counts dropped. The paper has none.
    shift
        Most bases by which a training sequence is moved.
    norm_momentum
        Share of the old moments that batch normalisation keeps at a step; Keras has 0.99, which
        needs some hundred steps to forget where it began.
    seed
        Of weights and dropout.

    Returns
    -------
    keras.Model
        Takes uint8 (batch, length) base codes, gives float32 (batch, dense[-1]).
    """
    seeds = seeds_from(seed)
    norm = partial(keras.layers.BatchNormalization, momentum=norm_momentum)
    x = codes = keras.Input((length,), dtype="uint8", name="bases")
    if shift:
        x = ShiftBases(shift, seed=next(seeds), name="shift")(x)
    read = x
    x = OneHotBases(name="one_hot")(read)
    if strands == "forward":
        x = keras.layers.Conv1D(
            filters, kernel, padding="same", use_bias=False, name=FIRST,
            kernel_initializer=keras.initializers.HeUniform(next(seeds)),
        )(x)  # fmt: skip
    else:
        x = TwoStrandConv1D(filters, kernel, strands=strands, seed=next(seeds), name=FIRST)(x)
    if first_pool > 1 and pool_first:
        x = _pool(x, pooling, first_pool, "first_pool")
    x = norm(name="first_norm")(x)
    x = keras.layers.Activation(activation, name="first_activation")(x)
    if first_pool > 1 and not pool_first:
        x = _pool(x, pooling, first_pool, "first_pool")
    for block in range(1, blocks + 1):
        for layer in range(1, layers + 1):
            name = f"block_{block}_{layer}"
            new = norm(name=f"{name}_norm")(x)
            new = keras.layers.Activation("relu", name=f"{name}_relu")(new)
            new = _convolution(growth, block_kernel, f"{name}_convolution", next(seeds))(new)
            if block_dropout:
                new = keras.layers.Dropout(block_dropout, seed=next(seeds), name=f"{name}_drop")(
                    new
                )
            x = keras.layers.Concatenate(name=f"{name}_join")([x, new])
        if block == blocks and transitions == "between":
            break
        name = f"transition_{block}"
        if transition_norm:
            x = norm(name=f"{name}_norm")(x)
            x = keras.layers.Activation("relu", name=f"{name}_relu")(x)
        channels = max(1, int(compression * x.shape[-1]))
        x = _convolution(channels, 1, f"{name}_convolution", next(seeds))(x)
        if transition_dropout:
            x = keras.layers.Dropout(transition_dropout, seed=next(seeds), name=f"{name}_drop")(x)
        x = _pool(x, pooling, pool, f"{name}_pool")
    if blocks and transition_norm:
        x = norm(name="last_norm")(x)
        x = keras.layers.Activation("relu", name="last_relu")(x)
    x = _summary(x, summary, stretches)
    if summary_dropout:
        x = keras.layers.Dropout(summary_dropout, seed=next(seeds), name="summary_drop")(x)
    if kmers:
        counts = [CountKmers(k, n, name=f"kmers_{k}_{n}")(read) for k, n in kmers]
        known = counts[0]
        if len(counts) > 1:
            known = keras.layers.Concatenate(name="kmers")(counts)
        known = norm(name="kmer_norm")(known)
        if kmer_dropout:
            known = keras.layers.Dropout(kmer_dropout, seed=next(seeds), name="kmer_drop")(known)
        x = keras.layers.Concatenate(name="with_kmers")([x, known])
    for number, units in enumerate(dense, start=1):
        name = f"dense_{number}"
        if dense_norm:
            start = keras.initializers.HeUniform(next(seeds))
            x = keras.layers.Dense(units, use_bias=False, kernel_initializer=start, name=name)(x)
            x = norm(name=f"{name}_norm")(x)
            x = keras.layers.Activation("relu", name=f"{name}_relu")(x)
        else:
            x = dense_layer(units, name, next(seeds))(x)
        if dropout and (dropout_after == "each" or number == len(dense)):
            x = keras.layers.Dropout(dropout, seed=next(seeds), name=f"{name}_drop")(x)
    return keras.Model(codes, x, name=PROMOTER)


def _convolution(filters: int, kernel: int, name: str, seed: int) -> keras.layers.Layer:
    return keras.layers.Conv1D(
        filters, kernel, padding="same", use_bias=False, name=name,
        kernel_initializer=keras.initializers.HeUniform(seed),
    )  # fmt: skip


def dense_layer(units: int, name: str, seed: int) -> keras.layers.Layer:
    """A ReLU layer that starts He uniform."""
    return keras.layers.Dense(
        units, activation="relu", name=name,
        kernel_initializer=keras.initializers.HeUniform(seed),
    )  # fmt: skip


def _pool(x, kind: str, size: int, name: str):
    if x.shape[1] < size:
        raise UserError(
            f"deepexpression.network: {name}: {x.shape[1]} positions are left to pool by {size};"
            " allowed: longer promoters, or less pooling"
        )
    layer = {"max": keras.layers.MaxPooling1D, "average": keras.layers.AveragePooling1D}[kind]
    return layer(size, name=name)(x)


def _summary(x, kind: str, stretches: int):
    if kind == "flatten":
        return keras.layers.Flatten(name="flat")(x)
    largest = keras.layers.GlobalMaxPooling1D(name="largest")
    mean = keras.layers.GlobalAveragePooling1D(name="mean")
    if kind in ("max", "average"):
        return (largest if kind == "max" else mean)(x)
    values = [largest(x), mean(x)]
    if kind == "stretches":
        size = -(-x.shape[1] // stretches)
        parts = keras.layers.AveragePooling1D(size, padding="same", name="stretch_means")(x)
        values.append(keras.layers.Flatten(name="flat")(parts))
    return keras.layers.Concatenate(name="summary")(values)
