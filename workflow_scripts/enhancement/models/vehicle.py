"""VEHiCLE's generator and discriminator, which are the image model of Kriukov et al., too.

All networks take and give (batch, size, size, 1) maps with values in [0, 1].
"""

from collections.abc import Sequence

import keras
from keras import ops

from workflow_scripts.enhancement.models.blocks import Maker

SLOPE = 0.2
FILTERS = (64, 128, 256, 512)  # of the discriminator
TAIL = (128, 128, 256, 256)  # of the generator's last convolutions
NEAREST = 1e-3  # how near 0 and 1 an input may come before its logit is taken


def crop_of(tail: Sequence[int] = TAIL) -> int:
    """Bins that a generator's map lacks on each side: one per convolution without padding."""
    return len(tail) + 2


def build_generator(
    *,
    size: int,
    filters: int = 64,
    blocks: int = 15,
    tail: Sequence[int] = TAIL,
    normalise: bool = True,
    residual: bool = False,
    symmetric: bool = False,
    keep_mean: bool = False,
    activation: str = "sigmoid",
    start: str = "normal",
    seed: int = 0,
    name: str = "generator",
) -> keras.Model:
    """Build the generator.

    Convolution and ReLU; residual blocks, a convolution and a skip over all of them; convolutions
    without activations between them. The first convolution and the last ones have no padding.

    Parameters
    ----------
    size
        Bins of the input.
    filters, blocks, tail
        Filters of the first convolution and the blocks; number of blocks; filters of the last
        convolutions but one, whose number sets the crop (`crop_of`).
    normalise
        Batch normalisation in the blocks.
    residual
        Predict what is added to the input's logit, 0 at the start. Not in the paper: a network
        that is trained for minutes then starts from its input.
    symmetric
        Average the output's logit with its transpose. Not in the paper.
    keep_mean
        Shift the output to the input's mean, and clip it to [0, 1]. Not in the paper: a window's
        own least and largest pixel set the range of both its maps, so that how their means differ
        is chance, and is not learned.
    activation
        Of the output, `sigmoid` or `tanh` (HiCSR's: the input is taken to [-1, 1], the output
        back).
    start, seed, name
        How weights start (`Maker`); the network's name.

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to (batch, size - 2 crop, size - 2 crop, 1), float32. 2,258,369
        trainable parameters as published.
    """
    make, crop = Maker(seed, start), crop_of(tail)
    low = keras.Input((size, size, 1), name="low")
    x = low if activation == "sigmoid" else keras.layers.Rescaling(2.0, -1.0)(low)
    x = first = make.conv(x, filters, valid=True, activation="relu")
    for _ in range(blocks):
        x = _block(make, x, filters, normalise)
    x = make.conv(x, filters)
    x = make.normalise(x) if normalise else x
    x = keras.layers.Add()([x, first])
    for width in tail:
        x = make.conv(x, width, valid=True)
    zero = {"kernel_initializer": "zeros"} if residual else {}
    # the output is float32 also where the layers before compute in 16 bit
    x = make.conv(x, 1, valid=True, dtype="float32", **zero)
    given = keras.layers.Cropping2D(crop, dtype="float32")(low)
    if residual:
        near = ops.clip(given, NEAREST, 1 - NEAREST)
        x = keras.layers.Add(dtype="float32")([x, ops.log(near) - ops.log(1.0 - near)])
    if symmetric:
        x = 0.5 * (x + ops.transpose(x, (0, 2, 1, 3)))
    x = keras.layers.Activation(activation, dtype="float32")(x)
    if activation == "tanh":
        x = keras.layers.Rescaling(0.5, 0.5, dtype="float32")(x)
    if keep_mean:
        x = ops.clip(x + ops.mean(given - x, axis=(1, 2), keepdims=True), 0.0, 1.0)
    return keras.Model(low, x, name=name)


def _block(make: Maker, x, filters: int, normalise: bool):
    """Convolution, normalisation, ReLU, convolution, normalisation, and the skip."""
    y = make.conv(x, filters)
    y = make.normalise(y) if normalise else y
    y = keras.layers.Activation("relu")(y)
    y = make.conv(y, filters)
    y = make.normalise(y) if normalise else y
    return keras.layers.Add()([x, y])


def build_discriminator(
    *, size: int, filters: Sequence[int] = FILTERS, start: str = "normal", seed: int = 0
) -> keras.Model:
    """Build the discriminator: convolutions of stride 2, each place of the last map judged.

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to logits (batch, n, n, 1), float32; n = 12 for size 188. 1,551,168
        trainable parameters as published. A positive logit means a measured map.
    """
    make = Maker(seed, start)
    x = image = keras.Input((size, size, 1), name="map")
    for number, width in enumerate(filters):
        x = make.halve(x, width, bias=False)
        x = make.normalise(x) if number else x
        x = keras.layers.LeakyReLU(SLOPE)(x)
    x = make.conv(x, 1, size=1, use_bias=False, dtype="float32")
    return keras.Model(image, x, name="discriminator")
