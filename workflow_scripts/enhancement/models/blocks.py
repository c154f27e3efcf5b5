"""Layers that the image networks of several papers share, as PyTorch has them."""

from collections.abc import Iterator

import keras

EPSILON = 1e-5  # of batch normalisation
MOMENTUM = 0.9
START = 0.02  # sd of the weights at the start, and of batch normalisation's gains about 1


class Maker:
    """Makes layers that start as a network of one seed wants them, each with a seed of its own.

    Parameters
    ----------
    seed
        Of the network.
    start
        `normal`: weights N(0, 0.02), gains N(1, 0.02), as the GANs here do; `he`: weights in
        proportion to a layer's inputs, which narrow and deep networks need.
    """

    def __init__(self, seed: int, start: str = "normal") -> None:
        self.seeds: Iterator[int] = iter(range(1000 * seed, 1000 * seed + 1000))
        self.start = start

    def kernel(self) -> keras.initializers.Initializer:
        """How a kernel starts."""
        if self.start == "he":
            return keras.initializers.HeNormal(next(self.seeds))
        return keras.initializers.RandomNormal(0.0, START, next(self.seeds))

    def conv(self, x, filters: int, size: int = 3, *, valid: bool = False, **more):
        """Convolution of stride 1; `valid` gives no padding."""
        padding = "valid" if valid else "same"
        more = {"kernel_initializer": self.kernel(), **more}
        return keras.layers.Conv2D(filters, size, padding=padding, **more)(x)

    def halve(self, x, filters: int, *, bias: bool = True):
        """3x3 convolution of stride 2, padded by 1 on every side, as PyTorch pads: n to ⌈n/2⌉."""
        x = keras.layers.ZeroPadding2D(1)(x)
        return keras.layers.Conv2D(
            filters, 3, strides=2, use_bias=bias, kernel_initializer=self.kernel()
        )(x)

    def double(self, x, filters: int, size: int):
        """3x3 transposed convolution of stride 2: ⌈size/2⌉ to size."""
        x = keras.layers.Conv2DTranspose(
            filters, 3, strides=2, kernel_initializer=self.kernel(), padding="valid"
        )(x)  # 2n + 1 wide; PyTorch's padding of 1 takes the first row and the last off
        ends = (1, x.shape[1] - 1 - size)
        return keras.layers.Cropping2D((ends, ends))(x)

    def normalise(self, x):
        """Batch normalisation; in 16-bit training, too, its statistics are float32."""
        gain = "ones"
        if self.start == "normal":
            gain = keras.initializers.RandomNormal(1.0, START, next(self.seeds))
        return keras.layers.BatchNormalization(
            momentum=MOMENTUM, epsilon=EPSILON, gamma_initializer=gain
        )(x)


def halvings(size: int, least: int = 3) -> list[int]:
    """Sizes of a map that is halved (rounded up) until it is at most `least`: 188 to 94 … 3."""
    sizes = [size]
    while sizes[-1] > least:
        sizes.append(-(-sizes[-1] // 2))
    return sizes
