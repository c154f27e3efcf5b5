"""HiCPlus: three convolutions and a squared error."""

from collections.abc import Sequence

import keras

from workflow_scripts.enhancement.models.blocks import Maker

KERNELS = (9, 1, 5)
CROP = 6  # 4 + 0 + 2


def build_hicplus(
    *,
    size: int,
    crop: int = CROP,
    filters: Sequence[int] = (8, 8),
    start: str = "he",
    seed: int = 0,
) -> keras.Model:
    """Build the network, ReLU after each convolution, none of which is padded.

    Parameters
    ----------
    size, crop
        Bins of the input, and how many the output lacks on each side: 6 or more.
    filters, start, seed
        Of the first two convolutions; how weights start (`Maker`).

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to (batch, size - 2 crop, size - 2 crop, 1). 929 parameters.
    """
    make = Maker(seed, start)
    x = low = keras.Input((size, size, 1), name="low")
    for width, kernel in zip(filters, KERNELS, strict=False):
        x = make.conv(x, width, kernel, valid=True, activation="relu")
    # a bias above 0: an output that starts below all targets would not learn
    x = make.conv(x, 1, KERNELS[-1], valid=True, dtype="float32",
                  bias_initializer=keras.initializers.Constant(0.1))  # fmt: skip
    x = keras.layers.Activation("relu", dtype="float32")(x)
    x = keras.layers.Cropping2D(crop - CROP, dtype="float32")(x) if crop > CROP else x
    return keras.Model(low, x, name="hicplus")
