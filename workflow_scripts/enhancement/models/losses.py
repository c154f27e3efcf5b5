"""Losses of all models: the terms of the image models, and those of sequence models and hybrids.

Terms of an image model's loss are functions of (high-resolution map, generated map), each of shape
(batch, b, b, 1); `image_loss_terms` weights them by the config. The adversarial term and the loss
of the discriminator take its logits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from workflow_scripts.enhancement.data.sequence_data import upper_pixels

PIXEL = "pixel"  # the only term of the first epochs (pretraining)
MIN_CONTACT = 1e-6  # lower bound of a mean contact in the insulation vector


@dataclass(frozen=True)
class LossTerm:
    """A term of the generator's loss: its weight, and a function of (high, generated) maps."""

    weight: float
    of: Callable[[Any, Any], Any]


def image_loss_terms(
    settings: dict[str, dict], features: keras.Model | None, size: int
) -> dict[str, LossTerm]:
    """Terms of an image model's loss, without the adversarial one.

    Parameters
    ----------
    settings
        `image_settings` of the model; terms without a weight are left out.
    features
        Frozen features of the autoencoder that the loss compares
        (`autoencoders.frozen_features`).
    size
        Bins of a generated map.
    """
    training = settings["training"]
    known = {
        PIXEL: pixel_loss(training["pixel_loss"]),
        # methods without these terms have no such setting
        "vae": latent_loss(features, training.get("vae_loss", "l2")),
        "insulation": insulation_loss(size, training.get("insulation_loss", "l2")),
        "feature": feature_loss(features),
        "perceptual": perceptual_loss(features),
        "total_variation": total_variation,
    }
    weights: dict[str, Any] = training["loss_weights"]
    return {name: LossTerm(weights[name], known[name]) for name in known if weights.get(name)}


def mean_error(one: Any, two: Any, kind: str) -> Any:
    """Mean absolute (`l1`) or squared (`l2`) difference."""
    error = one - two
    return ops.mean(ops.abs(error) if kind == "l1" else ops.square(error))


def pixel_loss(kind: str):
    """Error of the pixels, `l1` or `l2` (`mean_error`)."""

    def loss(high, generated):
        return mean_error(high, generated, kind)

    return loss


def latent_loss(encoder: keras.Model | None, kind: str):
    """Difference of the VAE's μ, `l1` or `l2`.

    Kriukov et al. print the absolute difference (Eq. 6); their code and VEHiCLE's square it.
    """

    def loss(high, generated):
        ours, theirs = (encoder(maps, training=False) for maps in (high, generated))
        return mean_error(ops.cast(ours, "float32"), ops.cast(theirs, "float32"), kind)

    return loss


def insulation_loss(size: int, kind: str):
    """Difference of the insulation vectors, `l1` or `l2`.

    Kriukov et al. print the absolute difference (Eq. 5); their code and VEHiCLE's square it.
    """
    sizes = insulation_sizes(size)

    def loss(high, generated):
        ours, theirs = (insulation_vector(maps, **sizes) for maps in (high, generated))
        return mean_error(ours, theirs, kind)

    return loss


def feature_loss(features: keras.Model | None):
    """HiCSR: squared difference of the features, summed over all layers of the encoder."""

    def loss(high, generated):
        ours, theirs = (features(maps, training=False) for maps in (high, generated))
        return sum(ops.mean(ops.square(a - b)) for a, b in zip(ours, theirs, strict=True))

    return loss


def perceptual_loss(features: keras.Model | None):
    """DeepHiC: squared difference of the deepest features.

    DeepHiC takes features of VGG16, a network trained on photographs. Its weights do not come with
    this workflow; the features of a denoising autoencoder trained on the training maps replace
    them.
    """

    def loss(high, generated):
        ours, theirs = (features(maps, training=False)[-1] for maps in (high, generated))
        return ops.mean(ops.square(ours - theirs))

    return loss


def total_variation(_, generated):
    """DeepHiC: mean squared difference of adjacent pixels of the generated map, on both axes."""
    down = ops.square(generated[:, 1:] - generated[:, :-1])
    right = ops.square(generated[:, :, 1:] - generated[:, :, :-1])
    return ops.mean(down) + ops.mean(right)


def generator_loss(generated_logits: tf.Tensor, kind: str) -> tf.Tensor:
    """Adversarial term of the generator, `entropy` or `linear` (DeepHiC: 1 - probability)."""
    if kind == "linear":
        return tf.reduce_mean(1.0 - tf.sigmoid(generated_logits))
    return tf.reduce_mean(tf.nn.softplus(-generated_logits))


def discriminator_loss(real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy of high-resolution and generated maps."""
    return 0.5 * tf.reduce_mean(tf.nn.softplus(-real_logits)) + 0.5 * tf.reduce_mean(
        tf.nn.softplus(generated_logits)
    )


def insulation_vector(maps, *, window: int = 10, reach: int = 10):
    """VEHiCLE's insulation vector: how the contacts near the diagonal change along it.

    Means of `window` x `window` squares along the diagonal; log2 of each over the mean of all; mean
    of the next `reach` of these minus that of the previous `reach`.

    Parameters
    ----------
    maps : tensor, shape=(batch, n, n, 1)
        Contacts, not negative.
    window, reach
        In bins; 10 and 10 in the published network.

    Returns
    -------
    tensor, shape=(batch, n - window - 2 reach + 2)
        160 values for n = 188. Positive where contacts increase.
    """
    squares = ops.average_pool(maps, window, strides=1, padding="valid")
    mean = ops.maximum(ops.diagonal(squares[..., 0], axis1=1, axis2=2), MIN_CONTACT)
    level = ops.log(mean / ops.mean(mean, axis=1, keepdims=True)) / ops.log(2.0)
    runs = ops.average_pool(level[..., None], reach, strides=1, padding="valid")[..., 0]
    return runs[:, reach:] - runs[:, :-reach]


def insulation_sizes(size: int) -> dict[str, int]:
    """Window and reach for maps of `size` bins: the published 10, or less for small maps."""
    width = max(2, min(10, size // 8))
    return {"window": width, "reach": width}


@keras.saving.register_keras_serializable("chromaloom")
class PixelError(keras.losses.Loss):
    """Loss of the sequence models: mean squared error of the pixels trained on.

    Targets (batch, P), maps (batch, B, B); parameters as `sequence_data.upper_pixels`.
    """

    def __init__(self, bins: int, crop: int, ignore_diags: int, **more) -> None:
        super().__init__(**{"name": "pixel_error", **more})
        self.bins, self.crop, self.ignore_diags = bins, crop, ignore_diags
        self.pixels = upper_pixels(bins, crop, ignore_diags)

    def call(self, y_true, y_pred):
        """Loss of each window."""
        flat = ops.reshape(y_pred, (-1, y_pred.shape[1] * y_pred.shape[2]))
        return ops.mean(ops.square(y_true - ops.take(flat, self.pixels, axis=1)), axis=-1)

    def get_config(self):
        """Constructor arguments."""
        own = {"bins": self.bins, "crop": self.crop, "ignore_diags": self.ignore_diags}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="chromaloom")
class MapError(keras.losses.Loss):
    """Loss of the hybrids: mean squared error of each region over the pixels that are not NaN.

    Maps are (batch, maps, size, size); blank maps are NaN in the target.
    """

    def call(self, y_true, y_pred):
        known = ops.logical_not(ops.isnan(y_true))
        # where, not a product: NaN times 0 is NaN
        gaps = ops.where(known, ops.square(y_pred - ops.where(known, y_true, y_pred)), 0.0)
        axes = tuple(range(1, len(y_pred.shape)))
        return ops.sum(gaps, axis=axes) / ops.maximum(ops.sum(ops.cast(known, gaps.dtype), axes), 1)
