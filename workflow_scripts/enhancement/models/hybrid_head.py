"""Hybrid of a sequence and an image model: a small head over the maps of both.

The head sees two maps of the same bins: that of the sequence model, taken from +-`clip` to 0-1, and
that of the image model. It never sees a measured map of high resolution.
"""

import keras
import numpy as np
from keras import ops

from workflow_scripts.chromaloom.workflow.errors import UserError

# Names of the parts within a hybrid
SEQUENCE, IMAGE, HEAD = "sequence_model", "image_model", "head"
CHANNELS = ("sequence", "image")
DRAWS = 20  # heads of random weights that are tried before it is given up
LEAST = 0.5  # share of the output's pixels that are above 0


def build_head(
    *, size: int, filters: int = 16, start: str = "random", seed: int = 0
) -> keras.Model:
    """Build the head: two convolutions, each with ReLU and then made symmetric.

    Parameters
    ----------
    size
        Bins of the maps.
    filters
        Of the first convolution.
    start
        `random`: Glorot-uniform weights; `image`: such that the output is the image model's map,
        the other filters of the first convolution random, those of the second 0.
    seed
        Of the weights.

    Returns
    -------
    keras.Model
        (batch, size, size, 2), channels as `CHANNELS`, to (batch, size, size, 1), float32; 449
        parameters with 16 filters (Kriukov et al.).
    """
    maps = keras.Input((size, size, 2), name="maps")
    x = maps
    for number, width in enumerate((filters, 1)):
        weights = keras.initializers.GlorotUniform(seed=2 * seed + number)
        x = keras.layers.Conv2D(
            width, 3, padding="same", activation="relu", kernel_initializer=weights,
            dtype="float32",
        )(x)  # fmt: skip
        x = 0.5 * (x + ops.transpose(x, (0, 2, 1, 3)))
    head = keras.Model(maps, x, name=HEAD)
    if start == "image":
        first, first_bias, second, second_bias = head.get_weights()
        first[..., 0], second[...] = 0, 0
        first[1, 1, CHANNELS.index("image"), 0] = second[1, 1, 0, 0] = 1
        head.set_weights([first, first_bias, second, second_bias])
    return head


def living_head(maps: np.ndarray, *, seed: int, **build) -> tuple[keras.Model, int]:
    """A head that lets at least half of the pixels through its last ReLU, and the draws it took.

    About half of the random ones give 0 nearly everywhere, from which they could not learn: they
    are drawn anew.

    Parameters
    ----------
    maps : float32 array, shape=(n, size, size, 2)
        Some of its inputs.
    seed, build
        As `build_head`.

    Raises
    ------
    UserError
        All of 20 draws are dead.
    """
    for draw in range(DRAWS):
        head = build_head(size=maps.shape[1], seed=seed + 1000 * draw, **build)
        if (np.asarray(head(maps)) > 0).mean() >= LEAST:
            return head, draw + 1
    raise UserError(
        f"hybrid: {DRAWS} heads of random weights give 0 for most of a map; allowed: other seeds,"
        " or hybrid.training.start 'image'"
    )


def sequence_maps_of(sequence: keras.Model, *, bins: int, size: int, clip: float) -> keras.Model:
    """The part of a hybrid that turns DNA into the head's first channel.

    Parameters
    ----------
    sequence
        Trained sequence model, to maps (batch, B, B) of whole windows.
    bins, size
        Bins of a window, and of the image model's map in its middle.
    clip
        Bound of the sequence model's targets, which becomes 0 and 1.

    Returns
    -------
    keras.Model
        The sequence model's input to (batch, size, size, 1), float32; it shares its weights.

    Raises
    ------
    UserError
        The network was made for windows of other bins.
    """
    whole, first = sequence.outputs[0], (bins - size) // 2
    if whole.shape[1:] != (bins, bins):
        raise UserError(
            f"hybrid: the sequence model's maps have {whole.shape[1]} bins; allowed: those of a"
            f" window, {bins} (enhancement.window_bins)"
        )
    cropped = whole[:, first : first + size, first : first + size, None]
    scaled = (ops.cast(cropped, "float32") + clip) / (2 * clip)
    return keras.Model(sequence.inputs[0], scaled, name=SEQUENCE)


def build_hybrid(
    sequence: keras.Model, image: keras.Model, head: keras.Model, *, maps: int | None = None,
    at_rest: bool = True,
) -> keras.Model:  # fmt: skip
    """Join the three parts, whose weights stay theirs.

    Parameters
    ----------
    sequence
        Of `sequence_maps_of`.
    image
        (batch, B, B, 1) to (batch, size, size, 1).
    head
        Of `build_head`.
    maps
        Maps of low resolution of each place in a batch, whose DNA they share; None: one, without
        an axis for them.
    at_rest
        Batch normalisation and dropout of both models act as in prediction, also in training.

    Returns
    -------
    keras.Model
        DNA (batch, window_bp) and maps (batch, B, B, 1) to (batch, size, size, 1); with `maps`
        (batch, maps, B, B) to (batch, maps, size, size).
    """
    image = keras.Model(image.inputs[0], image.outputs[0], name=IMAGE)
    mode = {"training": False} if at_rest else {}
    dna = keras.Input(sequence.input_shape[1:], dtype=sequence.inputs[0].dtype, name="codes")
    bins, size = image.input_shape[1], image.output_shape[1]
    shape = (bins, bins, 1) if maps is None else (maps, bins, bins)
    low = keras.Input(shape, name="low")
    each = low if maps is None else ops.reshape(low, (-1, bins, bins, 1))
    known = sequence(dna, **mode)
    if maps is not None:
        known = ops.repeat(known, maps, axis=0)
    seen = ops.cast(image(each, **mode), "float32")
    made = head(ops.concatenate([known, seen], axis=-1))
    if maps is not None:
        made = ops.reshape(made, (-1, maps, size, size))
    return keras.Model([dna, low], made, name="hybrid")


def parts_of(hybrid: keras.Model) -> tuple[keras.Model, keras.Model, keras.Model]:
    """The sequence, image and head part of a hybrid."""
    return tuple(hybrid.get_layer(name) for name in (SEQUENCE, IMAGE, HEAD))


def without(maps: np.ndarray, channel: str, value: float = 0.0) -> np.ndarray:
    """The head's input with one channel (of `CHANNELS`) made `value` everywhere."""
    blank = maps.copy()
    blank[..., CHANNELS.index(channel)] = value
    return blank
