"""A network of our own for maps from profiles: one rule for every pair of bins, along the genome.

The network of Farré 2018 has weights of its own for every pixel of its window. Here a small
convolution describes each bin and its surroundings, and one small perceptron gives a pair's log O/E
from the descriptions of its two bins, of the interval between them, and from their distance. Every
pair of the genome trains the same few thousand weights. Nothing in it tells left from right:
profiles read from right to left give the same map, read from right to left.
"""

import keras
import numpy as np
from keras import ops

PACKAGE = "chromaloom"


@keras.saving.register_keras_serializable(package=PACKAGE)
class MirroredConv1D(keras.layers.Layer):
    """Convolution along the bins whose kernel reads the same from either side; keeps the length.

    Parameters
    ----------
    filters, width
        Outputs; bins of the kernel, an odd number.
    activation
        Name of the non-linearity.
    seed
        Of the weights' start.
    """

    def __init__(self, filters: int, width: int, activation: str = "relu", seed: int = 0, **more):
        super().__init__(**more)
        self.filters, self.width, self.activation, self.seed = filters, width, activation, seed

    def build(self, shape):
        """Make the half of the kernel that the other half mirrors, and the bias."""
        whole = (self.width, shape[-1], self.filters)
        start = keras.initializers.GlorotUniform(self.seed)(whole)
        self.half = self.add_weight(
            shape=(self.width // 2 + 1, *whole[1:]),
            initializer=lambda shape, dtype=None: start[: shape[0]],
            name="half",
        )
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        """(batch, L, M) to (batch, L, filters); beyond the ends is 0."""
        kernel = ops.concatenate([self.half, ops.flip(self.half[:-1], axis=0)], axis=0)
        return keras.activations.get(self.activation)(
            ops.conv(x, kernel, padding="same") + self.bias
        )

    def get_config(self) -> dict:
        """Settings from which the layer is made again."""
        names = ("filters", "width", "activation", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


@keras.saving.register_keras_serializable(package=PACKAGE)
class PairBand(keras.layers.Layer):
    """Features of all pairs of bins up to a distance, from a description of each bin.

    Parameters
    ----------
    window
        Distances, 0 to window - 1.
    """

    def __init__(self, window: int, **more):
        super().__init__(**more)
        self.window = window

    def call(self, x):
        """(batch, L, E) to (batch, L, window, 4E): pair (i, i + d) at [i, d].

        Products, absolute differences, sums, and means over the interval, as `pair_features`.
        Beyond the last bin is 0.
        """
        padded = ops.pad(x, [[0, 0], [0, self.window], [0, 0]])
        # by shifts: a gather of the pairs is slow on a CPU, its gradient more so
        shifted = [padded[:, d : d - self.window] for d in range(self.window)]
        totals = [shifted[0]]
        for other in shifted[1:]:
            totals.append(totals[-1] + other)
        first, second = ops.expand_dims(x, 2), ops.stack(shifted, axis=2)
        lengths = np.arange(1, self.window + 1, dtype="float32")[:, None]
        return ops.concatenate(
            [
                first * second,
                ops.abs(first - second),
                first + second,
                ops.stack(totals, axis=2) / lengths,
            ],
            axis=-1,
        )

    def get_config(self) -> dict:
        """Settings from which the layer is made again."""
        return super().get_config() | {"window": self.window}


@keras.saving.register_keras_serializable(package=PACKAGE)
class DistanceMix(keras.layers.Layer):
    """Gain and shift of each hidden unit as smooth functions of the pair's distance.

    Parameters
    ----------
    functions
        Bumps, evenly spaced in log(1 + d), of which gain and shift are mixed.
    """

    def __init__(self, functions: int, **more):
        super().__init__(**more)
        self.functions = functions

    def build(self, shape):
        """Make the weights of the bumps: gains of 1 and shifts of 0."""
        position = np.log1p(np.arange(shape[-2]))
        centres = np.linspace(0, position[-1], self.functions)
        bumps = np.exp(-0.5 * ((position[:, None] - centres) / (centres[1] - centres[0])) ** 2)
        self.bumps = (bumps / bumps.sum(1, keepdims=True)).astype("float32")
        size = (self.functions, shape[-1])
        self.gain = self.add_weight(shape=size, initializer="ones", name="gain")
        self.shift = self.add_weight(shape=size, initializer="zeros", name="shift")

    def call(self, x):
        """(batch, L, window, H) to the same."""
        return x * ops.matmul(self.bumps, self.gain) + ops.matmul(self.bumps, self.shift)

    def get_config(self) -> dict:
        """Settings from which the layer is made again."""
        return super().get_config() | {"functions": self.functions}


def build_pairwise(
    profiles: np.ndarray,
    *,
    window: int,
    channels: int,
    kernel: int,
    hidden: int,
    distances: int,
    factor_dropout: float,
    seed: int,
) -> keras.Model:
    """Build the network, with the profiles' scale in it.

    Parameters
    ----------
    profiles : float array, shape=(M, n)
        The training bins, whose mean and variance standardise each factor.
    window
        Distances of pairs, 0 to window - 1 bins.
    channels, kernel
        Numbers that describe a bin; bins that the description is made from, an odd number.
    hidden, distances
        Units of the perceptron; functions of the distance that steer them.
    factor_dropout
        Share of factors that are left out of a whole training sample (set to their mean).
    seed
        Of weights and dropout.

    Returns
    -------
    keras.Model
        Takes float32 (batch, L, M) profiles of L bins in a row, any L; gives float32
        (batch, L, window): log O/E of the pair (i, i + d) at [i, d]. Bins beyond the stretch count
        as average: a pair nearer than `kernel // 2` bins to an end knows less than others, one
        whose second bin lies beyond it means nothing.
    """
    seeds = iter(range(1000 * seed, 1000 * seed + 10))
    mean, variance = profiles.mean(1, dtype="float64"), profiles.var(1, dtype="float64")
    x = stretch = keras.Input((None, len(profiles)), name="profiles")
    x = keras.layers.Normalization(
        # a factor that is constant in training says nothing, elsewhere too
        mean=mean.tolist(),
        variance=np.where(variance > 1e-12, variance, 1).tolist(),
        name="standardise",
    )(x)
    x = keras.layers.SpatialDropout1D(factor_dropout, seed=next(seeds), name="factor_dropout")(x)
    x = MirroredConv1D(channels, kernel, seed=next(seeds), name="describe")(x)
    x = PairBand(window, name="pairs")(x)
    x = keras.layers.Dense(
        hidden,
        use_bias=False,
        kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
        name="hidden",
    )(x)
    x = DistanceMix(distances, name="distance")(x)
    x = keras.layers.Activation("relu", name="rectify")(x)
    x = keras.layers.Dense(
        1, kernel_initializer=keras.initializers.GlorotUniform(next(seeds)), name="log_oe"
    )(x)
    return keras.Model(stretch, ops.squeeze(x, axis=-1), name="forward_pairwise")
