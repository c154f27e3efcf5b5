"""Hybrids: a small head over the maps of a sequence model and an image model.

The head takes two maps of the same bins: that of the sequence model, scaled from ±`clip_value` to
[0, 1], and that of the image model. High-resolution maps are targets only, never an input.
"""

import keras
import numpy as np
from keras import ops

from workflow_scripts.chromaloom.workflow.errors import UserError

# names of the parts within a hybrid
SEQUENCE, IMAGE, HEAD = "sequence_model", "image_model", "head"
CHANNELS = ("sequence", "image")
MAX_DRAWS = 20  # random heads that are tried
MIN_ACTIVE = 0.5  # fraction of the output's pixels above 0


def build_head(
    *, size: int, filters: int = 16, initializer: str = "random", seed: int = 0
) -> keras.Model:
    """Build the head: two convolutions, each with ReLU and then symmetrized.

    Parameters
    ----------
    size
        Bins of the maps.
    filters
        Of the first convolution.
    initializer
        `random`: Glorot-uniform kernels. `image`: the output equals the image model's map; the
        other filters of the first convolution are random, those of the second 0.
    seed
        Seed of the kernels.

    Returns
    -------
    keras.Model
        (batch, size, size, 2), channels as `CHANNELS`, to (batch, size, size, 1), float32; 449
        parameters with 16 filters (Kriukov et al.).
    """
    maps = keras.Input((size, size, 2), name="maps")
    x = maps
    for number, width in enumerate((filters, 1)):
        kernel = keras.initializers.GlorotUniform(seed=2 * seed + number)
        x = keras.layers.Conv2D(
            width, 3, padding="same", activation="relu", kernel_initializer=kernel,
            dtype="float32",
        )(x)  # fmt: skip
        x = 0.5 * (x + ops.transpose(x, (0, 2, 1, 3)))
    head = keras.Model(maps, x, name=HEAD)
    if initializer == "image":
        first, first_bias, second, second_bias = head.get_weights()
        first[..., 0], second[...] = 0, 0
        first[1, 1, CHANNELS.index("image"), 0] = second[1, 1, 0, 0] = 1
        head.set_weights([first, first_bias, second, second_bias])
    return head


def build_active_head(maps: np.ndarray, *, seed: int, **build) -> tuple[keras.Model, int]:
    """A head whose last ReLU is positive for at least half of the pixels, and the draws it took.

    About half of the random heads output 0 nearly everywhere and could not learn; these are drawn
    again.

    Parameters
    ----------
    maps : float32 array, shape=(n, size, size, 2)
        Some of its inputs.
    seed, build
        As `build_head`.

    Raises
    ------
    UserError
        None of 20 draws is active.
    """
    for draw in range(MAX_DRAWS):
        head = build_head(size=maps.shape[1], seed=seed + 1000 * draw, **build)
        if (np.asarray(head(maps)) > 0).mean() >= MIN_ACTIVE:
            return head, draw + 1
    raise UserError(
        f"enhancement.hybrid: {MAX_DRAWS} random heads output 0 for most of a map; fix: other"
        " seeds, or hybrid.training.head_initializer: image"
    )


def sequence_channel(
    sequence: keras.Model, *, bins: int, size: int, clip_value: float
) -> keras.Model:
    """The part of a hybrid that turns DNA into the head's first channel.

    Parameters
    ----------
    sequence
        Trained sequence model, to maps (batch, B, B) of whole windows.
    bins, size
        Bins of a window, and of the image model's map at its center.
    clip_value
        Bound of the sequence model's targets, which becomes 0 and 1.

    Returns
    -------
    keras.Model
        The sequence model's input to (batch, size, size, 1), float32; it shares the weights.

    Raises
    ------
    UserError
        A network for windows of other bins.
    """
    whole, first = sequence.outputs[0], (bins - size) // 2
    if whole.shape[1:] != (bins, bins):
        raise UserError(
            f"enhancement.hybrid: the sequence model's maps have {whole.shape[1]} bins; expected:"
            f" {bins} (enhancement.window_bins)"
        )
    cropped = whole[:, first : first + size, first : first + size, None]
    scaled = (ops.cast(cropped, "float32") + clip_value) / (2 * clip_value)
    return keras.Model(sequence.inputs[0], scaled, name=SEQUENCE)


def build_hybrid(
    sequence: keras.Model, image: keras.Model, head: keras.Model, *, maps: int | None = None,
    freeze_batchnorm_dropout: bool = True,
) -> keras.Model:  # fmt: skip
    """Join the three parts; the hybrid shares their weights.

    Parameters
    ----------
    sequence
        Of `sequence_channel`.
    image
        (batch, B, B, 1) to (batch, size, size, 1).
    head
        Of `build_head`.
    maps
        Low-resolution maps per region in a batch, which share its DNA; None: one, without an axis.
    freeze_batchnorm_dropout
        Batch normalization and dropout of both models act as in prediction, also in training.

    Returns
    -------
    keras.Model
        DNA (batch, window_bp) and maps (batch, B, B, 1) to (batch, size, size, 1); with `maps`
        (batch, maps, B, B) to (batch, maps, size, size).
    """
    image = keras.Model(image.inputs[0], image.outputs[0], name=IMAGE)
    mode = {"training": False} if freeze_batchnorm_dropout else {}
    dna = keras.Input(sequence.input_shape[1:], dtype=sequence.inputs[0].dtype, name="codes")
    bins, size = image.input_shape[1], image.output_shape[1]
    shape = (bins, bins, 1) if maps is None else (maps, bins, bins)
    low = keras.Input(shape, name="low")
    each = low if maps is None else ops.reshape(low, (-1, bins, bins, 1))
    from_dna = sequence(dna, **mode)
    if maps is not None:
        from_dna = ops.repeat(from_dna, maps, axis=0)
    from_map = ops.cast(image(each, **mode), "float32")
    output = head(ops.concatenate([from_dna, from_map], axis=-1))
    if maps is not None:
        output = ops.reshape(output, (-1, maps, size, size))
    return keras.Model([dna, low], output, name="hybrid")


def hybrid_parts(hybrid: keras.Model) -> tuple[keras.Model, keras.Model, keras.Model]:
    """The sequence, image and head part of a hybrid."""
    return tuple(hybrid.get_layer(name) for name in (SEQUENCE, IMAGE, HEAD))


def zero_channel(maps: np.ndarray, channel: str, value: float = 0.0) -> np.ndarray:
    """The head's input with one channel (of `CHANNELS`) set to `value` everywhere."""
    blank = maps.copy()
    blank[..., CHANNELS.index(channel)] = value
    return blank
