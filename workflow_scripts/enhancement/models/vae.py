"""Autoencoders whose features compare maps: VEHiCLE's variational one, HiCSR's denoising one.

Maps are (batch, size, size, 1) with values in [0, 1]; the number of halvings follows from the size.
"""

from collections.abc import Sequence

import keras
from keras import ops

from workflow_scripts.enhancement.models.blocks import Maker, halvings

CHANNELS = (32, 64, 128, 256, 256, 512)
SLOPE = 0.01
PACKAGE = "chromaloom"


@keras.saving.register_keras_serializable(package=PACKAGE)
class Sample(keras.layers.Layer):
    """Draw from N(μ, σ²) of [μ, log σ²] (batch, k); its KL divergence from N(0, 1) joins the loss.

    Outside of training it gives μ.
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


def widths(size: int, channels: Sequence[int] = CHANNELS) -> list[int]:
    """Filters of each halving; the last of `channels` goes on where there are more halvings."""
    depth = len(halvings(size)) - 1
    return [*channels, *[channels[-1]] * depth][:depth]


def build_vae(
    *,
    size: int,
    latent: int = 200,
    channels: Sequence[int] = CHANNELS,
    kl_weight: float = 1e-6,
    start: str = "normal",
    seed: int = 0,
) -> keras.Model:
    """Build the variational autoencoder.

    Parameters
    ----------
    size
        Bins of a map; halved (rounded up) until 3 or fewer are left.
    latent
        Length of μ.
    channels, kl_weight
        Filters of the halvings (`widths`); weight of the divergence in the loss.
    start, seed
        How weights start (`Maker`).

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to its reconstruction; layer `mean` gives μ. 7,098,737 trainable
        parameters for size 188, latent 200 and the published channels.
    """
    make, sizes, filters = Maker(seed, start), halvings(size), widths(size, channels)
    x = image = keras.Input((size, size, 1), name="map")
    for width in filters:
        x = _active(make.normalise(make.halve(x, width)))
    shape = x.shape[1:]
    x = keras.layers.Flatten()(x)
    dense = {"kernel_initializer": make.kernel()}
    mean = keras.layers.Dense(latent, name="mean", **dense)(x)
    log_variance = keras.layers.Dense(
        latent, name="log_variance", kernel_initializer=make.kernel()
    )(x)
    x = Sample(kl_weight, next(make.seeds), dtype="float32")([mean, log_variance])
    x = keras.layers.Dense(shape[0] * shape[1] * shape[2], kernel_initializer=make.kernel())(x)
    x = keras.layers.Reshape(shape)(x)
    for width, wanted in zip([*filters[-2::-1], filters[0]], sizes[-2::-1], strict=True):
        x = _active(make.normalise(make.double(x, width, wanted)))
    x = make.conv(x, 1, dtype="float32")
    x = keras.layers.Activation("sigmoid", dtype="float32")(x)
    return keras.Model(image, x, name="vae")


def encoder(vae: keras.Model) -> keras.Model:
    """The part of a VAE that gives μ; shares its weights, which are kept still."""
    model = keras.Model(vae.input, vae.get_layer("mean").output, name="encoder")
    model.trainable = False
    return model


def build_dae(
    *,
    size: int,
    channels: Sequence[int] = (64, 64, 64, 64, 64),
    noise: float = 0.1,
    start: str = "normal",
    seed: int = 0,
) -> keras.Model:
    """Build a denoising autoencoder: halvings, then doublings; Gaussian noise on its input.

    Parameters
    ----------
    size, channels
        As `build_vae`; no more halvings than channels.
    noise
        Sd of the noise, in training alone.
    start, seed
        How weights start (`Maker`).

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to its reconstruction; layers `feature_1` and on are the encoder's.
    """
    make, filters = Maker(seed, start), widths(size, channels)[: len(channels)]
    sizes = halvings(size)[: len(filters) + 1]
    x = image = keras.Input((size, size, 1), name="map")
    x = keras.layers.GaussianNoise(noise, seed=next(make.seeds))(x)
    for number, width in enumerate(filters, start=1):
        x = keras.layers.Activation("relu", name=f"feature_{number}")(make.halve(x, width))
    for width, wanted in zip([*filters[-2::-1], filters[0]], sizes[-2::-1], strict=True):
        x = keras.layers.Activation("relu")(make.double(x, width, wanted))
    x = make.conv(x, 1, dtype="float32")
    x = keras.layers.Activation("sigmoid", dtype="float32")(x)
    return keras.Model(image, x, name="dae")


def feature_model(dae: keras.Model) -> keras.Model:
    """The features of a denoising autoencoder, one output per halving; its weights stay."""
    found = [layer.output for layer in dae.layers if layer.name.startswith("feature_")]
    model = keras.Model(dae.input, found, name="features")
    model.trainable = False
    return model


def _active(x):
    return keras.layers.LeakyReLU(SLOPE)(x)
