"""Autoencoders whose features the image losses compare: VEHiCLE's VAE, HiCSR's denoising one.

Maps are (batch, size, size, 1) with values in [0, 1]; the number of halvings follows from the size.
"""

from collections.abc import Sequence

import keras

from workflow_scripts.enhancement.models.layers import LayerFactory, Sampling, halved_sizes

FILTERS = (32, 64, 128, 256, 256, 512)
SLOPE = 0.01


def build_autoencoder(kind: str, settings: dict, *, size: int, seed: int) -> keras.Model:
    """An untrained autoencoder, `vae` or `dae`, of maps of `size` bins."""
    known = (
        "filters",
        "kernel_initializer",
        *({"vae": ("latent_dim", "kl_weight"), "dae": ("noise_stddev",)}[kind]),
    )
    sizes = {key: settings[key] for key in known}
    if kind == "dae":
        return build_dae(size=size, seed=seed, **sizes)
    sizes["latent_dim"] = sizes["latent_dim"] or size
    return build_vae(size=size, seed=seed, **sizes)


def frozen_features(kind: str, autoencoder: keras.Model) -> keras.Model:
    """Features that a loss compares: μ of a VAE, all layers of a denoising autoencoder."""
    return vae_encoder(autoencoder) if kind == "vae" else dae_features(autoencoder)


def widths(size: int, filters: Sequence[int] = FILTERS) -> list[int]:
    """Filters of each halving; the last of `filters` repeats where there are more halvings."""
    depth = len(halved_sizes(size)) - 1
    return [*filters, *[filters[-1]] * depth][:depth]


def build_vae(
    *,
    size: int,
    latent_dim: int = 200,
    filters: Sequence[int] = FILTERS,
    kl_weight: float = 1e-6,
    kernel_initializer: str = "normal",
    seed: int = 0,
) -> keras.Model:
    """Build the variational autoencoder.

    Parameters
    ----------
    size
        Bins of a map; halved (rounded up) until at most 3 are left.
    latent_dim
        Length of μ.
    filters, kl_weight
        Filters of the halvings (`widths`); weight of the KL divergence in the loss.
    kernel_initializer, seed
        As `LayerFactory`.

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to its reconstruction; layer `mean` gives μ. 7,098,737 trainable
        parameters for size 188, latent 200 and the published filters.
    """
    make, sizes = LayerFactory(seed, kernel_initializer), halved_sizes(size)
    filters = widths(size, filters)
    x = image = keras.Input((size, size, 1), name="map")
    for width in filters:
        x = keras.layers.LeakyReLU(SLOPE)(make.batch_norm(make.downsample(x, width)))
    shape = x.shape[1:]
    x = keras.layers.Flatten()(x)
    dense = {"kernel_initializer": make.kernel()}
    mean = keras.layers.Dense(latent_dim, name="mean", **dense)(x)
    log_variance = keras.layers.Dense(
        latent_dim, name="log_variance", kernel_initializer=make.kernel()
    )(x)
    x = Sampling(kl_weight, next(make.seeds), dtype="float32")([mean, log_variance])
    x = keras.layers.Dense(shape[0] * shape[1] * shape[2], kernel_initializer=make.kernel())(x)
    x = keras.layers.Reshape(shape)(x)
    for width, wanted in zip([*filters[-2::-1], filters[0]], sizes[-2::-1], strict=True):
        x = keras.layers.LeakyReLU(SLOPE)(make.batch_norm(make.upsample(x, width, wanted)))
    x = make.conv(x, 1, dtype="float32")
    x = keras.layers.Activation("sigmoid", dtype="float32")(x)
    return keras.Model(image, x, name="vae")


def vae_encoder(vae: keras.Model) -> keras.Model:
    """The part of a VAE that gives μ; it shares the weights and is not trainable."""
    model = keras.Model(vae.input, vae.get_layer("mean").output, name="encoder")
    model.trainable = False
    return model


def build_dae(
    *,
    size: int,
    filters: Sequence[int] = (64, 64, 64, 64, 64),
    noise_stddev: float = 0.1,
    kernel_initializer: str = "normal",
    seed: int = 0,
) -> keras.Model:
    """Build the denoising autoencoder: halvings, then doublings; Gaussian noise on its input.

    Parameters
    ----------
    size, filters
        As `build_vae`; at most as many halvings as filters.
    noise_stddev
        Standard deviation of the noise, in training only.
    kernel_initializer, seed
        As `LayerFactory`.

    Returns
    -------
    keras.Model
        (batch, size, size, 1) to its reconstruction; layers `feature_1`, `feature_2` … are the
        encoder's.
    """
    make, filters = LayerFactory(seed, kernel_initializer), widths(size, filters)[: len(filters)]
    sizes = halved_sizes(size)[: len(filters) + 1]
    x = image = keras.Input((size, size, 1), name="map")
    x = keras.layers.GaussianNoise(noise_stddev, seed=next(make.seeds))(x)
    for number, width in enumerate(filters, start=1):
        x = make.downsample(x, width)
        x = keras.layers.Activation("relu", name=f"feature_{number}")(x)
    for width, wanted in zip([*filters[-2::-1], filters[0]], sizes[-2::-1], strict=True):
        x = keras.layers.Activation("relu")(make.upsample(x, width, wanted))
    x = make.conv(x, 1, dtype="float32")
    x = keras.layers.Activation("sigmoid", dtype="float32")(x)
    return keras.Model(image, x, name="dae")


def dae_features(dae: keras.Model) -> keras.Model:
    """Features of a denoising autoencoder, one output per halving; not trainable."""
    found = [layer.output for layer in dae.layers if layer.name.startswith("feature_")]
    model = keras.Model(dae.input, found, name="features")
    model.trainable = False
    return model
