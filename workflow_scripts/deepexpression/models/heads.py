"""The HiChIP branch of DeepExpression's network (Zeng 2018), its heads, and what chains them."""

from collections.abc import Sequence

import keras

from workflow_scripts.deepexpression.models.promoter_network import dense_layer, seeds_from

HICHIP = "hichip"


def build_branch(
    *,
    bins: int,
    units: Sequence[int],
    dropout: float,
    per_position: bool = False,
    window: slice = slice(None),
    seed: int = 0,
) -> keras.Model:
    """Build the HiChIP branch: ReLU layers on the bins' signal, dropout between them.

    Parameters
    ----------
    bins, units, dropout
        Bins of a gene's window; units of the layers; share dropped between two of them.
    per_position
        As in the released code: layers act on each bin by itself, and their output is flattened.
    window
        The bins that it sees.
    seed
        Of weights and dropout.

    Returns
    -------
    keras.Model
        Takes float32 (batch, bins), gives float32 (batch, units[-1]), or bins x units[-1].
    """
    seeds = seeds_from(seed)
    x = signal = keras.Input((bins,), name="signal")
    if window != slice(None) and window != slice(0, bins):
        x = x[:, window]
    if per_position:
        x = keras.layers.Reshape((-1, 1), name="positions")(x)
    for number, size in enumerate(units, start=1):
        x = dense_layer(size, f"hichip_{number}", next(seeds))(x)
        if dropout and number < len(units):
            x = keras.layers.Dropout(dropout, seed=next(seeds), name=f"hichip_{number}_drop")(x)
    if per_position:
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
    """Build the head: vectors joined, then softmax of (low, high), or the expression.

    Parameters
    ----------
    sizes
        Lengths of the vectors that are joined, one or two.
    task
        `classification` gives (batch, 2) probabilities, `regression` (batch, 1).
    units, dropout
        Units of ReLU layers in between; share dropped after each.
    activation
        Of the regression's output; the released code has `relu`, which cannot give y < 0.
    seed
        Of weights and dropout.
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
    """One network of parts (trunk, branch) side by side and a head; it shares their weights."""
    inputs = [keras.Input(p.input.shape[1:], dtype=p.input.dtype, name=p.input.name) for p in parts]
    outputs = [part(value) for part, value in zip(parts, inputs, strict=True)]
    single = len(parts) == 1
    return keras.Model(
        inputs[0] if single else inputs, head(outputs[0] if single else outputs), name=name
    )
