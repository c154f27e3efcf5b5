"""DeepHiC: generator, discriminator, and the parts of its loss that are its own."""

from collections.abc import Sequence

import keras
from keras import ops

from workflow_scripts.enhancement.models.blocks import Maker


def build_generator(
    *, size: int, crop: int, filters: int = 64, blocks: int = 5, start: str = "he", seed: int = 0
) -> keras.Model:
    """Build the generator: swish, convolutions with padding, residual blocks, (tanh + 1) / 2.

    Parameters
    ----------
    size, crop
        Bins of the input, and how many the output lacks on each side: the network itself crops
        none, and what all networks predict is compared.
    filters, blocks
        Of the residual part.
    start, seed
        How weights start (`Maker`).

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to (batch, size - 2 crop, size - 2 crop, 1); 418,049 trainable
        parameters as published.
    """
    make = Maker(seed, start)
    low = keras.Input((size, size, 1), name="low")
    x = first = make.conv(low, filters, 9, activation="silu")
    for _ in range(blocks):
        y = keras.layers.Activation("silu")(make.normalise(make.conv(x, filters)))
        y = make.normalise(make.conv(y, filters))
        x = keras.layers.Add()([x, y])
    x = keras.layers.Activation("silu")(make.normalise(make.conv(x, filters)))
    x = make.conv(keras.layers.Add()([x, first]), 1, 9, dtype="float32")
    x = keras.layers.Cropping2D(crop, dtype="float32")(x)
    x = keras.layers.Activation("tanh", dtype="float32")(x)
    x = keras.layers.Rescaling(0.5, 0.5, dtype="float32")(x)
    return keras.Model(low, x, name="deephic")


def build_discriminator(
    *, size: int, filters: Sequence[int] = (64, 128, 256), start: str = "he", seed: int = 0
) -> keras.Model:
    """Build the discriminator: per width a convolution of stride 1 and one of 2; one logit a map.

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to (batch, 1), float32.
    """
    make = Maker(seed, start)
    x = image = keras.Input((size, size, 1), name="map")
    for number, width in enumerate(filters):
        x = make.conv(x, width)
        x = make.normalise(x) if number else x
        x = keras.layers.Activation("silu")(x)
        x = make.normalise(make.halve(x, width))
        x = keras.layers.Activation("silu")(x)
    x = make.conv(x, 1, 1, dtype="float32")
    x = keras.layers.GlobalAveragePooling2D(dtype="float32")(x)
    return keras.Model(image, x, name="discriminator")


def total_variation(_, fake):
    """Mean squared difference of neighbouring pixels of the generated map, both directions."""
    down = ops.square(fake[:, 1:] - fake[:, :-1])
    right = ops.square(fake[:, :, 1:] - fake[:, :, :-1])
    return ops.mean(down) + ops.mean(right)


def perceptual(features: keras.Model):
    """Squared difference of the deepest features, as a function of (measured, generated) map.

    DeepHiC compares maps by the features of a network trained on photographs (VGG16). Its weights
    do not come with this workflow; the deepest features of a denoising autoencoder that was trained
    on the training maps stand in for them.
    """

    def measure(high, fake):
        there, here = (features(maps, training=False)[-1] for maps in (high, fake))
        return ops.mean(ops.square(there - here))

    return measure
