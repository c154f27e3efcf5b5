"""The HiChIP branch, the output head, and how they are joined (Zeng 2018)."""

from collections.abc import Sequence

import keras

from workflow_scripts.deepexpression.models.promoter_network import dense_layer, seeds_from

HICHIP = "hichip"


def build_branch(
    *,
    bins: int,
    units: Sequence[int],
    dropout: float,
    per_bin: bool = False,
    window: slice = slice(None),
    seed: int = 0,
) -> keras.Model:
    """Build the HiChIP branch: dense ReLU layers with dropout between them.

    Parameters
    ----------
    bins, units, dropout
        Number of bins of a gene; units of the layers; dropout rate between them.
    per_bin
        Apply the layers to each bin separately and flatten their output, as in the released code.
    window
        Bins that the branch uses.
    seed
        Seed of weights and dropout.

    Returns
    -------
    keras.Model
        Takes float32 (batch, bins), gives float32 (batch, units[-1]), or bins x units[-1].
    """
    seeds = seeds_from(seed)
    x = signal = keras.Input((bins,), name="signal")
    if window != slice(None) and window != slice(0, bins):
        x = x[:, window]
    if per_bin:
        x = keras.layers.Reshape((-1, 1), name="positions")(x)
    for number, size in enumerate(units, start=1):
        x = dense_layer(size, f"hichip_{number}", next(seeds))(x)
        if dropout and number < len(units):
            x = keras.layers.Dropout(dropout, seed=next(seeds), name=f"hichip_{number}_drop")(x)
    if per_bin:
        x = keras.layers.Flatten(name="flat")(x)
    return keras.Model(signal, x, name=HICHIP)


def build_head(
    *,
    sizes: Sequence[int],
    task: str,
    units: Sequence[int] = (),
    dropout: float = 0.0,
    activation: str = "linear",
    seed: int = 0,
) -> keras.Model:
    """Build the head: join the vectors and predict (low, high) by softmax, or the expression.

    Parameters
    ----------
    sizes
        Lengths of the vectors, one or two.
    task
        `classification` gives (batch, 2) probabilities, `regression` (batch, 1).
    units, dropout
        Units of dense ReLU layers before the output; dropout rate after each.
    activation
        Activation of the regression output; the released code has `relu`, which cannot be negative.
    seed
        Seed of weights and dropout.
    """
    seeds = seeds_from(seed)
    inputs = [keras.Input((size,), name=f"vector_{k}") for k, size in enumerate(sizes)]
    x = keras.layers.Concatenate(name="join")(inputs) if len(inputs) > 1 else inputs[0]
    for number, size in enumerate(units, start=1):
        x = dense_layer(size, f"joint_{number}", next(seeds))(x)
        if dropout:
            x = keras.layers.Dropout(dropout, seed=next(seeds), name=f"joint_{number}_drop")(x)
    size, last = (2, "softmax") if task == "classification" else (1, activation)
    x = keras.layers.Dense(
        size, activation=last, name="output",
        kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
    )(x)  # fmt: skip
    return keras.Model(inputs, x, name="head")


def chain(parts: Sequence[keras.Model], head: keras.Model, name: str) -> keras.Model:
    """Join parts (trunk, branch) and a head into one network, which shares their weights."""
    inputs = [keras.Input(p.input.shape[1:], dtype=p.input.dtype, name=p.input.name) for p in parts]
    outputs = [part(value) for part, value in zip(parts, inputs, strict=True)]
    single = len(parts) == 1
    return keras.Model(
        inputs[0] if single else inputs, head(outputs[0] if single else outputs), name=name
    )
