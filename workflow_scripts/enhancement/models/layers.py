"""Layers of the image models and autoencoders, as PyTorch has them, and the numeric precision."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
from keras import ops

EPSILON = 1e-5  # of batch normalization
MOMENTUM = 0.9
INITIAL_STDDEV = 0.02  # of kernels, and of batch normalization's gains around 1


class LayerFactory:
    """Makes the layers of one network, each with its own seed.

    Parameters
    ----------
    seed
        Seed of the network.
    kernel_initializer
        `normal`: kernels N(0, 0.02), gains N(1, 0.02), as in the published GANs; `he_normal`:
        He-normal kernels, which narrow and deep networks need.
    """

    def __init__(self, seed: int, kernel_initializer: str = "normal") -> None:
        self.seeds: Iterator[int] = iter(range(1000 * seed, 1000 * seed + 1000))
        self.kernel_initializer = kernel_initializer

    def kernel(self) -> keras.initializers.Initializer:
        """Initializer of the next kernel."""
        if self.kernel_initializer == "he_normal":
            return keras.initializers.HeNormal(next(self.seeds))
        return keras.initializers.RandomNormal(0.0, INITIAL_STDDEV, next(self.seeds))

    def conv(self, x, filters: int, size: int = 3, *, valid: bool = False, **more):
        """Convolution of stride 1; `valid`: without padding."""
        padding = "valid" if valid else "same"
        more = {"kernel_initializer": self.kernel(), **more}
        return keras.layers.Conv2D(filters, size, padding=padding, **more)(x)

    def downsample(self, x, filters: int, *, bias: bool = True):
        """3x3 convolution of stride 2, padded by 1 on every side as in PyTorch: n to ⌈n/2⌉."""
        x = keras.layers.ZeroPadding2D(1)(x)
        return keras.layers.Conv2D(
            filters, 3, strides=2, use_bias=bias, kernel_initializer=self.kernel()
        )(x)

    def upsample(self, x, filters: int, size: int):
        """3x3 transposed convolution of stride 2: ⌈size/2⌉ to size."""
        x = keras.layers.Conv2DTranspose(
            filters, 3, strides=2, kernel_initializer=self.kernel(), padding="valid"
        )(x)  # 2n + 1 wide; PyTorch's padding of 1 removes the first and the last row
        ends = (1, x.shape[1] - 1 - size)
        return keras.layers.Cropping2D((ends, ends))(x)

    def batch_norm(self, x):
        """Batch normalization; its statistics are float32 in 16-bit training as well."""
        gain = "ones"
        if self.kernel_initializer == "normal":
            gain = keras.initializers.RandomNormal(1.0, INITIAL_STDDEV, next(self.seeds))
        return keras.layers.BatchNormalization(
            momentum=MOMENTUM, epsilon=EPSILON, gamma_initializer=gain
        )(x)


def halved_sizes(size: int, smallest: int = 3) -> list[int]:
    """Sizes of a map that is halved (rounded up) until at most `smallest`: 188, 94 … 3."""
    sizes = [size]
    while sizes[-1] > smallest:
        sizes.append(-(-sizes[-1] // 2))
    return sizes


@keras.saving.register_keras_serializable(package="chromaloom")
class Sampling(keras.layers.Layer):
    """Sample from N(μ, σ²) given [μ, log σ²], each (batch, k).

    Adds the KL divergence from N(0, 1) to the loss. Outside of training the output is μ.
    """

    def __init__(self, kl_weight: float, seed: int = 0, **more) -> None:
        super().__init__(**more)
        self.kl_weight, self.seed = kl_weight, seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training: bool = False):
        mean, log_variance = (ops.cast(x, "float32") for x in inputs)
        kl = 1 + log_variance - ops.square(mean) - ops.exp(log_variance)
        self.add_loss(-0.5 * self.kl_weight * ops.mean(ops.sum(kl, axis=1)))
        if not training:
            return mean
        noise = keras.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self) -> dict:
        return {**super().get_config(), "kl_weight": self.kl_weight, "seed": self.seed}


@contextmanager
def mixed_precision_policy(mixed: bool) -> Iterator[None]:
    """Networks built in this context compute in bfloat16 if `mixed`; weights stay float32."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if mixed else "float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
