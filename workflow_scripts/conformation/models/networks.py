"""Networks of Farré 2018: forward (profiles to map), linear, and backward (map to σ)."""

from collections.abc import Sequence

import keras

SIGMA = "sigma"


def forward_hidden_units(window: int) -> list[int]:
    """Hidden units of the forward network: floor(3w · r^(k/4)), r = P / 3w, k = 1, 2, 3.

    For w = 80: 460, 881, 1690.
    """
    pixels = window * (window + 1) / 2
    return [int(3 * window * (pixels / (3 * window)) ** (k / 4)) for k in (1, 2, 3)]


def backward_hidden_units(window: int) -> list[int]:
    """Hidden units of the backward network: floor(P · (w/P)^(k/3)), k = 1, 2.

    For w = 80: 943, 274.
    """
    pixels = window * (window + 1) / 2
    return [int(pixels * (window / pixels) ** (k / 3)) for k in (1, 2)]


def build_forward(
    *,
    n_factors: int,
    window: int,
    filters: int = 1,
    hidden_units: Sequence[int] | None = None,
    dropout: float = 0.1,
    l2: float = 0.0,
    linear: bool = False,
    output_bias: float = 0.0,
    seed: int = 0,
) -> keras.Model:
    """Build the forward network: filter over the factors, sigmoid (σ), dense ReLU layers.

    Parameters
    ----------
    n_factors, window
        M factors, and w bins of the inner window.
    filters
        Number of filters, each of width 1 bin; the paper has one.
    hidden_units
        Units of the hidden layers; None: those of the paper (`forward_hidden_units`).
    dropout
        Dropout rate after each hidden layer.
    l2
        L2 regularization of the filters (λ).
    linear
        Omit the hidden layers and all nonlinearities: the linear network.
    output_bias
        Initial bias of the output. Outputs below all targets at the start would stay at 0 (ReLU).
    seed
        Seed of weights and dropout.

    Returns
    -------
    keras.Model
        float32 (batch, 3w, M) profiles to float32 (batch, w(w+1)/2) O/E. Its layer `sigma` returns
        (batch, 3w, filters). 7,486,472 parameters for 50 factors and w = 80.
    """
    seeds = iter(range(1000 * seed, 1000 * seed + 100))
    profiles = keras.Input((3 * window, n_factors), name="profiles")
    x = keras.layers.Conv1D(
        filters,
        1,
        activation=None if linear else "sigmoid",
        kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
        kernel_regularizer=keras.regularizers.L2(l2) if l2 else None,
        name=SIGMA,
    )(profiles)
    x = keras.layers.Flatten(name="flat")(x)
    sizes = [] if linear else forward_hidden_units(window) if hidden_units is None else hidden_units
    for number, units in enumerate(sizes, start=1):
        x = keras.layers.Dense(
            units,
            activation="relu",
            kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
            name=f"hidden_{number}",
        )(x)
        x = keras.layers.Dropout(dropout, seed=next(seeds), name=f"dropout_{number}")(x)
    pixels = keras.layers.Dense(
        window * (window + 1) // 2,
        activation=None if linear else "relu",
        kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
        bias_initializer=keras.initializers.Constant(output_bias),
        name="pixels",
    )(x)
    return keras.Model(profiles, pixels, name="linear" if linear else "forward")


def build_backward(
    *, window: int, hidden_units: Sequence[int] | None = None, dropout: float = 0.0, seed: int = 0
) -> keras.Model:
    """Build the backward network: (batch, P) O/E without NaN to (batch, w) σ, 0 to 1.

    Arguments as for `build_forward`.
    """
    seeds = iter(range(1000 * seed, 1000 * seed + 100))
    pixels = keras.Input((window * (window + 1) // 2,), name="pixels")
    x = pixels
    for number, units in enumerate(
        backward_hidden_units(window) if hidden_units is None else hidden_units, start=1
    ):
        x = keras.layers.Dense(
            units,
            activation="relu",
            kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
            name=f"hidden_{number}",
        )(x)
        if dropout:
            x = keras.layers.Dropout(dropout, seed=next(seeds), name=f"dropout_{number}")(x)
    sigma = keras.layers.Dense(
        window,
        activation="sigmoid",
        kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
        name=SIGMA,
    )(x)
    return keras.Model(pixels, sigma, name="backward")


def sigma_model(network: keras.Model) -> keras.Model:
    """First half of a forward network: (batch, 3w, M) profiles to (batch, 3w, filters) σ."""
    return keras.Model(network.input, network.get_layer(SIGMA).output, name="profiles_to_sigma")


def decoder_model(network: keras.Model) -> keras.Model:
    """Second half of a forward network: (batch, 3w, filters) σ to (batch, P) O/E.

    It shares the weights of the network.
    """
    names = [layer.name for layer in network.layers]
    x = sigma = keras.Input(network.get_layer(SIGMA).output.shape[1:], name="sigma_in")
    for layer in network.layers[names.index(SIGMA) + 1 :]:
        x = layer(x)
    return keras.Model(sigma, x, name="sigma_to_pixels")
