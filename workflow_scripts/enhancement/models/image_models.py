"""Image models: a map of low resolution to one of high resolution.

The generator and discriminator of VEHiCLE, which are also those of Kriukov et al. and, with tanh,
of HiCSR; those of DeepHiC; and the network of HiCPlus. `build_networks` makes them by model name.
All of them take and give maps (batch, size, size, 1) with values in [0, 1].
"""

from collections.abc import Sequence

import keras
from keras import ops

from workflow_scripts.enhancement.models.layers import LayerFactory

SLOPE = 0.2  # of the discriminator's leaky ReLU
DISCRIMINATOR_FILTERS = (64, 128, 256, 512)
TAIL = (128, 128, 256, 256)  # filters of the generator's last convolutions
LOGIT_MARGIN = 1e-3  # inputs are clipped to [margin, 1 - margin] before their logit is taken
HICPLUS_KERNELS = (9, 1, 5)
HICPLUS_CROP = 6  # 4 + 0 + 2


def build_networks(
    model: str, settings: dict[str, dict], *, size: int, crop: int, seed: int
) -> list[keras.Model]:
    """The generator of a model and, if it has one, its discriminator.

    Parameters
    ----------
    model, settings
        One of `presets.IMAGE_MODELS`, and its `image_settings`.
    size, crop, seed
        Bins of a window; bins that the output lacks on each side; seed of the weights.
    """
    network, inner = settings["network"], size - 2 * crop
    if model == "hicplus":
        return [build_hicplus(size=size, seed=seed, crop=crop, **network)]
    discriminator = {"size": inner, "seed": seed + 500, **settings["discriminator"]}
    if model == "deephic":
        generator = build_deephic_generator(size=size, crop=crop, seed=seed, **network)
        return [generator, build_deephic_discriminator(**discriminator)]
    activation = "tanh" if model == "hicsr" else "sigmoid"
    generator = build_generator(size=size, activation=activation, seed=seed, name=model, **network)
    return [generator, build_discriminator(**discriminator)]


def crop_of(tail: Sequence[int] = TAIL) -> int:
    """Bins that a generator's map lacks on each side: one per unpadded convolution."""
    return len(tail) + 2


def build_generator(
    *,
    size: int,
    filters: int = 64,
    blocks: int = 15,
    tail: Sequence[int] = TAIL,
    batch_norm: bool = True,
    residual: bool = False,
    symmetric: bool = False,
    keep_mean: bool = False,
    activation: str = "sigmoid",
    kernel_initializer: str = "normal",
    seed: int = 0,
    name: str = "generator",
) -> keras.Model:
    """Build VEHiCLE's generator, the image model of Kriukov et al.

    Convolution and ReLU; residual blocks, a convolution and a skip connection over all of them;
    convolutions without activations in between. The first convolution and the last ones are not
    padded.

    Parameters
    ----------
    size
        Bins of the input.
    filters, blocks, tail
        Filters of the first convolution and the blocks; number of blocks; filters of the last
        convolutions but one, whose number sets the crop (`crop_of`).
    batch_norm
        Batch normalization in the blocks.
    residual
        Predict a correction to the logit of the input, 0 at the start. Not in the paper: a network
        that is trained for minutes then starts as the identity.
    symmetric
        Average the logit of the output with its transpose. Not in the paper.
    keep_mean
        Shift the output to the mean of the input, and clip it to [0, 1]. Not in the paper: the
        minimum and maximum of a window set the range of both its maps, so the difference of their
        means is noise, which the network then does not learn.
    activation
        Of the output, `sigmoid` or `tanh` (HiCSR: the input is scaled to [-1, 1], the output back).
    kernel_initializer, seed, name
        As `LayerFactory`; name of the network.

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to (batch, size - 2 crop, size - 2 crop, 1), float32. 2,258,369
        trainable parameters as published.
    """
    make, crop = LayerFactory(seed, kernel_initializer), crop_of(tail)
    low = keras.Input((size, size, 1), name="low")
    x = low if activation == "sigmoid" else keras.layers.Rescaling(2.0, -1.0)(low)
    x = first = make.conv(x, filters, valid=True, activation="relu")
    for _ in range(blocks):
        x = _residual_block(make, x, filters, batch_norm)
    x = make.conv(x, filters)
    x = make.batch_norm(x) if batch_norm else x
    x = keras.layers.Add()([x, first])
    for width in tail:
        x = make.conv(x, width, valid=True)
    zero = {"kernel_initializer": "zeros"} if residual else {}
    # the output is float32 even where the layers before compute in 16 bit
    x = make.conv(x, 1, valid=True, dtype="float32", **zero)
    given = keras.layers.Cropping2D(crop, dtype="float32")(low)
    if residual:
        inside = ops.clip(given, LOGIT_MARGIN, 1 - LOGIT_MARGIN)
        x = keras.layers.Add(dtype="float32")([x, ops.log(inside) - ops.log(1.0 - inside)])
    if symmetric:
        x = 0.5 * (x + ops.transpose(x, (0, 2, 1, 3)))
    x = keras.layers.Activation(activation, dtype="float32")(x)
    if activation == "tanh":
        x = keras.layers.Rescaling(0.5, 0.5, dtype="float32")(x)
    if keep_mean:
        x = ops.clip(x + ops.mean(given - x, axis=(1, 2), keepdims=True), 0.0, 1.0)
    return keras.Model(low, x, name=name)


def _residual_block(make: LayerFactory, x, filters: int, batch_norm: bool):
    """Convolution, normalization, ReLU, convolution, normalization, and the skip connection."""
    y = make.conv(x, filters)
    y = make.batch_norm(y) if batch_norm else y
    y = keras.layers.Activation("relu")(y)
    y = make.conv(y, filters)
    y = make.batch_norm(y) if batch_norm else y
    return keras.layers.Add()([x, y])


def build_discriminator(
    *,
    size: int,
    filters: Sequence[int] = DISCRIMINATOR_FILTERS,
    kernel_initializer: str = "normal",
    seed: int = 0,
) -> keras.Model:
    """Build VEHiCLE's discriminator: convolutions of stride 2, a logit per pixel of the last map.

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to logits (batch, n, n, 1), float32; n = 12 for size 188. 1,551,168
        trainable parameters as published. Positive logits mean a high-resolution map.
    """
    make = LayerFactory(seed, kernel_initializer)
    x = image = keras.Input((size, size, 1), name="map")
    for number, width in enumerate(filters):
        x = make.downsample(x, width, bias=False)
        x = make.batch_norm(x) if number else x
        x = keras.layers.LeakyReLU(SLOPE)(x)
    x = make.conv(x, 1, size=1, use_bias=False, dtype="float32")
    return keras.Model(image, x, name="discriminator")


def build_deephic_generator(
    *,
    size: int,
    crop: int,
    filters: int = 64,
    blocks: int = 5,
    kernel_initializer: str = "he_normal",
    seed: int = 0,
) -> keras.Model:
    """Build DeepHiC's generator: swish, padded convolutions, residual blocks, (tanh + 1) / 2.

    Parameters
    ----------
    size, crop
        Bins of the input, and bins that the output lacks on each side. DeepHiC itself crops none;
        here the output has the bins that all image models predict.
    filters, blocks
        Of the residual part.
    kernel_initializer, seed
        As `LayerFactory`.

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to (batch, size - 2 crop, size - 2 crop, 1); 418,049 trainable
        parameters as published.
    """
    make = LayerFactory(seed, kernel_initializer)
    low = keras.Input((size, size, 1), name="low")
    x = first = make.conv(low, filters, 9, activation="silu")
    for _ in range(blocks):
        y = keras.layers.Activation("silu")(make.batch_norm(make.conv(x, filters)))
        y = make.batch_norm(make.conv(y, filters))
        x = keras.layers.Add()([x, y])
    x = keras.layers.Activation("silu")(make.batch_norm(make.conv(x, filters)))
    x = make.conv(keras.layers.Add()([x, first]), 1, 9, dtype="float32")
    x = keras.layers.Cropping2D(crop, dtype="float32")(x)
    x = keras.layers.Activation("tanh", dtype="float32")(x)
    x = keras.layers.Rescaling(0.5, 0.5, dtype="float32")(x)
    return keras.Model(low, x, name="deephic")


def build_deephic_discriminator(
    *,
    size: int,
    filters: Sequence[int] = (64, 128, 256),
    kernel_initializer: str = "he_normal",
    seed: int = 0,
) -> keras.Model:
    """Build DeepHiC's discriminator: per width a convolution of stride 1 and one of stride 2.

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to one logit per map (batch, 1), float32.
    """
    make = LayerFactory(seed, kernel_initializer)
    x = image = keras.Input((size, size, 1), name="map")
    for number, width in enumerate(filters):
        x = make.conv(x, width)
        x = make.batch_norm(x) if number else x
        x = keras.layers.Activation("silu")(x)
        x = make.batch_norm(make.downsample(x, width))
        x = keras.layers.Activation("silu")(x)
    x = make.conv(x, 1, 1, dtype="float32")
    x = keras.layers.GlobalAveragePooling2D(dtype="float32")(x)
    return keras.Model(image, x, name="discriminator")


def build_hicplus(
    *,
    size: int,
    crop: int = HICPLUS_CROP,
    filters: Sequence[int] = (8, 8),
    kernel_initializer: str = "he_normal",
    seed: int = 0,
) -> keras.Model:
    """Build HiCPlus: three unpadded convolutions, ReLU after each.

    Parameters
    ----------
    size, crop
        Bins of the input, and bins that the output lacks on each side: 6 or more.
    filters, kernel_initializer, seed
        Filters of the first two convolutions; as `LayerFactory`.

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to (batch, size - 2 crop, size - 2 crop, 1). 929 parameters.
    """
    make = LayerFactory(seed, kernel_initializer)
    x = low = keras.Input((size, size, 1), name="low")
    for width, kernel in zip(filters, HICPLUS_KERNELS, strict=False):
        x = make.conv(x, width, kernel, valid=True, activation="relu")
    # a positive bias: with an output below all targets, ReLU would have no gradient
    x = make.conv(x, 1, HICPLUS_KERNELS[-1], valid=True, dtype="float32",
                  bias_initializer=keras.initializers.Constant(0.1))  # fmt: skip
    x = keras.layers.Activation("relu", dtype="float32")(x)
    if crop > HICPLUS_CROP:
        x = keras.layers.Cropping2D(crop - HICPLUS_CROP, dtype="float32")(x)
    return keras.Model(low, x, name="hicplus")
