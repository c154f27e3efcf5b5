"""Image models by name: their networks, and the parts of their losses."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation.scc import scc_hicrep
from workflow_scripts.enhancement.models import deephic, hicplus, hicsr, vae, vehicle
from workflow_scripts.enhancement.models.insulation import insulation_sizes, insulation_vector
from workflow_scripts.enhancement.training.gan import PIXEL, Measure

BATCH = 8  # windows at once where nothing is trained


@dataclass(frozen=True)
class ImageSamples:
    """Windows as (input, measured map without its margin), read when they are asked for."""

    data: EnhancementData
    rows: np.ndarray
    crop: int

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Maps (n, B, B, 1) and (n, b, b, 1), float32, of some of the windows."""
        some, crop = self.rows[rows], self.crop
        low, high = (self.data.maps_of(name, some)[..., None] for name in ("low", "high"))
        return low, high[:, crop : high.shape[1] - crop, crop : high.shape[2] - crop]


@dataclass(frozen=True)
class TargetSamples:
    """Measured maps without their margin, as input and target of an autoencoder."""

    samples: ImageSamples

    def __len__(self) -> int:
        return len(self.samples)

    def take(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Twice the maps (n, b, b, 1)."""
        high = self.samples.take(rows)[1]
        return high, high


def repeat_rare(data: EnhancementData, rows: np.ndarray, least: float) -> np.ndarray:
    """Rows, with those of a way of making low resolution repeated until it has its least share.

    Parameters
    ----------
    data, rows
        Dataset, and windows of it.
    least
        Share of all rows that each way (pool, downsample) has at the end, nearly; 0 repeats none.
    """
    ways, counts = np.unique(data.input[rows], return_counts=True)
    found = [rows]
    for way, count in zip(ways, counts, strict=True):
        wanted = least / (1 - least) * (len(rows) - count)
        times = max(0, round(wanted / count) - 1)
        found.append(np.tile(rows[data.input[rows] == way], times))
    return np.sort(np.concatenate(found))


def build_networks(
    model: str, settings: dict[str, dict], *, size: int, crop: int, seed: int
) -> list[keras.Model]:
    """The generator of a model, and its discriminator if it has one.

    Parameters
    ----------
    model, settings
        One of `image_presets.MODELS`, with its settings.
    size, crop, seed
        Bins of a window, bins that the output lacks on each side, seed of the weights.
    """
    network, inner = settings["network"], size - 2 * crop
    if model == "hicplus":
        return [hicplus.build_hicplus(size=size, seed=seed, crop=crop, **network)]
    judge = {"size": inner, "seed": seed + 500, **settings["discriminator"]}
    if model == "deephic":
        generator = deephic.build_generator(size=size, crop=crop, seed=seed, **network)
        return [generator, deephic.build_discriminator(**judge)]
    activation = "tanh" if model == "hicsr" else "sigmoid"
    generator = vehicle.build_generator(
        size=size, activation=activation, seed=seed, name=model, **network
    )
    return [generator, vehicle.build_discriminator(**judge)]


def build_encoder(kind: str, settings: dict, *, size: int, seed: int) -> keras.Model:
    """An untrained autoencoder, `vae` or `dae`, of maps of `size` bins."""
    known = ("channels", "start", *({"vae": ("latent", "kl_weight"), "dae": ("noise",)}[kind]))
    sizes = {key: settings[key] for key in known}
    if kind == "dae":
        return vae.build_dae(size=size, seed=seed, **sizes)
    sizes["latent"] = sizes["latent"] or size
    return vae.build_vae(size=size, seed=seed, **sizes)


def frozen_part(kind: str, network: keras.Model) -> keras.Model:
    """What a loss takes of an autoencoder: μ of a VAE, all features of a denoising one."""
    return vae.encoder(network) if kind == "vae" else vae.feature_model(network)


def measures_of(
    settings: dict[str, dict], features: keras.Model | None, inner: int
) -> dict[str, Measure]:
    """Parts of a generator's loss beside the adversarial one.

    Parameters
    ----------
    settings
        Of the model: the weights say which parts there are.
    features
        `frozen_part` of the autoencoder that the model compares maps with.
    inner
        Bins of a generated map.
    """
    sizes = insulation_sizes(inner)

    def pixel(high, fake):
        gap = ops.abs(high - fake) if settings["training"]["pixel"] == "l1" else high - fake
        return ops.mean(gap if settings["training"]["pixel"] == "l1" else ops.square(gap))

    def latent(high, fake):
        there, here = (features(maps, training=False) for maps in (high, fake))
        return ops.mean(ops.square(ops.cast(there, "float32") - ops.cast(here, "float32")))

    def insulation(high, fake):
        there, here = (insulation_vector(maps, **sizes) for maps in (high, fake))
        return ops.mean(ops.square(there - here))

    known = {
        PIXEL: pixel,
        "vae": latent,
        "insulation": insulation,
        "feature": hicsr.feature_loss(features),
        "perceptual": deephic.perceptual(features),
        "variation": deephic.total_variation,
    }
    weights: dict[str, Any] = settings["training"]["weights"]
    return {name: Measure(weights[name], known[name]) for name in known if weights.get(name)}


def validation_scores(samples: ImageSamples, watch: str):
    """A function that scores what a generating function makes of the samples.

    Its numbers: mean absolute and squared error, HiCRep's SCC (mean over maps), and `watch`, which
    is the SCC or minus the mean absolute error.
    """

    def score(generate) -> dict[str, float]:
        rows, found = [], []
        for first in range(0, len(samples), BATCH):
            low, high = samples.take(np.arange(first, min(first + BATCH, len(samples))))
            fake = np.asarray(generate(low))[..., 0].astype("float64")
            gap = fake - high[..., 0]
            rows.append(np.stack([np.abs(gap).mean((1, 2)), (gap**2).mean((1, 2))]))
            found.append(scc_hicrep(high[..., 0], fake))
        mae, mse = np.concatenate(rows, axis=1).mean(1)
        scc = float(np.nanmean(np.concatenate(found)))
        values = {"valid_mae": float(mae), "valid_mse": float(mse), "valid_scc": scc}
        return {**values, "watch": scc if watch == "scc" else -float(mae)}

    return score


def identity(data: EnhancementData) -> list[np.ndarray]:
    """Arrays that tell a dataset from another: places, parts, and the range of every map."""
    return [data.start, data.part, data.map, data.input, data.scale_low, data.scale_high]
