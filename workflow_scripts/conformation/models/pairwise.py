"""The pairwise network, which is not in the paper: one small network for all pairs of bins.

The network of Farré 2018 has separate weights for every pixel of its window. Here a small
convolution encodes each bin and its surroundings. One perceptron predicts log O/E of a pair from
the encodings of its two bins and of the interval between them, and from their distance. All pairs
of the genome train the same few thousand weights. The network is symmetric: reversed profiles give
the reversed map.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from workflow_scripts.conformation.data.windows import Segment

PACKAGE = "chromaloom"
# Bins predicted at once, which bounds the memory for any length of chromosome
BINS_PER_CALL = 1000


@keras.saving.register_keras_serializable(package=PACKAGE)
class SymmetricConv1D(keras.layers.Layer):
    """Convolution along the bins with a symmetric kernel; it keeps the length.

    Parameters
    ----------
    filters, kernel_size
        Number of outputs; bins of the kernel, an odd number.
    activation
        Name of the activation function.
    seed
        Seed of the initial weights.
    """

    def __init__(
        self, filters: int, kernel_size: int, activation: str = "relu", seed: int = 0, **kwargs
    ):
        super().__init__(**kwargs)
        self.filters, self.kernel_size = filters, kernel_size
        self.activation, self.seed = activation, seed

    def build(self, shape):
        """Create one half of the kernel, which the other half mirrors, and the bias."""
        full_shape = (self.kernel_size, shape[-1], self.filters)
        initial = keras.initializers.GlorotUniform(self.seed)(full_shape)
        self.half = self.add_weight(
            shape=(self.kernel_size // 2 + 1, *full_shape[1:]),
            initializer=lambda shape, dtype=None: initial[: shape[0]],
            name="half",
        )
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        """(batch, L, M) to (batch, L, filters); zero padding."""
        kernel = ops.concatenate([self.half, ops.flip(self.half[:-1], axis=0)], axis=0)
        return keras.activations.get(self.activation)(
            ops.conv(x, kernel, padding="same") + self.bias
        )

    def get_config(self) -> dict:
        """Arguments of the constructor, for serialization."""
        names = ("filters", "kernel_size", "activation", "seed")
        return super().get_config() | {name: getattr(self, name) for name in names}


@keras.saving.register_keras_serializable(package=PACKAGE)
class PairFeatures(keras.layers.Layer):
    """Features of all pairs of bins up to a distance, from the encoding of each bin.

    Parameters
    ----------
    window
        Number of distances: 0 to window - 1.
    """

    def __init__(self, window: int, **kwargs):
        super().__init__(**kwargs)
        self.window = window

    def call(self, x):
        """(batch, L, E) to (batch, L, window, 4E): pair (i, i + d) at [i, d].

        Products, absolute differences, sums, and means over the interval, as `pair_features`. Bins
        beyond the last one are 0.
        """
        padded = ops.pad(x, [[0, 0], [0, self.window], [0, 0]])
        # by shifts: gathering the pairs is slow on a CPU, and its gradient is slower
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
        """Arguments of the constructor, for serialization."""
        return super().get_config() | {"window": self.window}


@keras.saving.register_keras_serializable(package=PACKAGE)
class DistanceModulation(keras.layers.Layer):
    """Gain and shift of each hidden unit as smooth functions of the pair's distance.

    Parameters
    ----------
    functions
        Number of Gaussian basis functions, evenly spaced in log(1 + d).
    """

    def __init__(self, functions: int, **kwargs):
        super().__init__(**kwargs)
        self.functions = functions

    def build(self, shape):
        """Create the weights of the basis functions: gains of 1 and shifts of 0."""
        position = np.log1p(np.arange(shape[-2]))
        centers = np.linspace(0, position[-1], self.functions)
        basis = np.exp(-0.5 * ((position[:, None] - centers) / (centers[1] - centers[0])) ** 2)
        self.basis = (basis / basis.sum(1, keepdims=True)).astype("float32")
        size = (self.functions, shape[-1])
        self.gain = self.add_weight(shape=size, initializer="ones", name="gain")
        self.shift = self.add_weight(shape=size, initializer="zeros", name="shift")

    def call(self, x):
        """(batch, L, window, H) to the same shape."""
        return x * ops.matmul(self.basis, self.gain) + ops.matmul(self.basis, self.shift)

    def get_config(self) -> dict:
        """Arguments of the constructor, for serialization."""
        return super().get_config() | {"functions": self.functions}


def build_pairwise(
    profiles: np.ndarray,
    *,
    window: int,
    channels: int,
    kernel_size: int,
    hidden_units: int,
    distance_functions: int,
    factor_dropout: float,
    seed: int,
) -> keras.Model:
    """Build the pairwise network, which includes the standardization of the profiles.

    Parameters
    ----------
    profiles : float array, shape=(M, n)
        Profiles of the training bins, whose mean and variance standardize each factor.
    window
        Number of distances of pairs: 0 to window - 1 bins.
    channels, kernel_size
        Outputs of the convolution, and its kernel size in bins (odd).
    hidden_units, distance_functions
        Units of the perceptron; basis functions of the distance that modulate them.
    factor_dropout
        Fraction of the factors that are set to their mean in each sample of the training set.
    seed
        Seed of weights and dropout.

    Returns
    -------
    keras.Model
        float32 (batch, L, M) profiles of L adjacent bins, any L, to float32 (batch, L, window): log
        O/E of the pair (i, i + d) at [i, d]. Bins beyond the stretch count as average: pairs within
        `kernel_size // 2` bins of an end see less than others, and pairs whose second bin is beyond
        the end are meaningless.
    """
    seeds = iter(range(1000 * seed, 1000 * seed + 10))
    mean, variance = profiles.mean(1, dtype="float64"), profiles.var(1, dtype="float64")
    x = stretch = keras.Input((None, len(profiles)), name="profiles")
    x = keras.layers.Normalization(
        # a factor that is constant in training is not scaled
        mean=mean.tolist(),
        variance=np.where(variance > 1e-12, variance, 1).tolist(),
        name="standardize",
    )(x)
    x = keras.layers.SpatialDropout1D(factor_dropout, seed=next(seeds), name="factor_dropout")(x)
    x = SymmetricConv1D(channels, kernel_size, seed=next(seeds), name="encode")(x)
    x = PairFeatures(window, name="pairs")(x)
    x = keras.layers.Dense(
        hidden_units,
        use_bias=False,
        kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
        name="hidden",
    )(x)
    x = DistanceModulation(distance_functions, name="distance")(x)
    x = keras.layers.Activation("relu", name="relu")(x)
    x = keras.layers.Dense(
        1, kernel_initializer=keras.initializers.GlorotUniform(next(seeds)), name="log_oe"
    )(x)
    return keras.Model(stretch, ops.squeeze(x, axis=-1), name="forward_pairwise")


def predict_band(
    network: keras.Model,
    profiles: np.ndarray,
    segments: Sequence[Segment],
    window: int,
    margin: int,
) -> np.ndarray:
    """Predicted log O/E of all pairs within segments, float64 (N, w); NaN elsewhere.

    Bins beyond a segment are not used, but count as average.

    Parameters
    ----------
    network
        Pairwise network.
    profiles : float array, shape=(M, N)
        Value of each factor in each bin.
    segments
        Segments whose pairs are predicted.
    window, margin
        w, and the bins on either side of a bin that the network's convolution reads.
    """
    band = np.full((profiles.shape[1], window), np.nan)
    for segment in segments:
        for start in range(segment.start, segment.stop, BINS_PER_CALL):
            stop = min(start + BINS_PER_CALL, segment.stop)
            left = max(segment.start, start - margin)
            right = min(segment.stop, stop + window + margin)
            stretch = profiles[None, :, left:right].transpose(0, 2, 1).astype("float32")
            found = keras.ops.convert_to_numpy(network(stretch, training=False))[0]
            band[start:stop] = found[start - left : stop - left]
        bins = np.arange(segment.start, segment.stop)[:, None]
        beyond = bins + np.arange(window) >= segment.stop
        band[segment.start : segment.stop][beyond] = np.nan
    return band
