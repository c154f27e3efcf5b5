"""Initialization of the forward network's filters, and the sign of σ.

A filter and its mirror image (σ replaced by 1 - σ, the next layer's weights adapted) give the same
network, and training can end at either. After training σ is oriented to be high in active bins, as
in Farré 2018.
"""

import keras
import numpy as np
from sklearn.decomposition import PCA

from workflow_scripts.conformation.models.networks import SIGMA

INITIAL_SD = 1.5  # standard deviation of the sigmoid's input after the initialization


def initialize_filters_pca(network: keras.Model, profiles: np.ndarray) -> None:
    """Set filter k to principal component k of the profiles; its output has mean 0 and sd 1.5.

    Parameters
    ----------
    network
        Forward network with no more filters than factors.
    profiles : float array, shape=(M, n)
        Profiles of the training bins.
    """
    layer = network.get_layer(SIGMA)
    number = min(layer.filters, *profiles.shape)
    components = PCA(number, svd_solver="full").fit(profiles.T).components_.T
    scale = INITIAL_SD / np.maximum((profiles.T @ components).std(0), 1e-6)
    kernel, bias = layer.get_weights()
    kernel[0, :, :number] = components * scale
    bias[:number] = -(profiles.mean(1) @ kernel[0, :, :number])
    layer.set_weights([kernel, bias])


def sigma_reference(active: np.ndarray | None, profiles: np.ndarray) -> tuple[np.ndarray, str]:
    """Track that σ is oriented to: activity where it is known, else the sum of all profiles.

    Parameters
    ----------
    active : float array, shape=(N,), or None
        1 for active bins, 0 for inactive bins, NaN where unknown.
    profiles : float array, shape=(M, N)
        Used if the known bins are all active or all inactive.

    Returns
    -------
    The track, NaN where unknown, and its name for the record.
    """
    if active is not None and len(set(active[np.isfinite(active)])) > 1:
        return active, "activity"
    return profiles.sum(0), "sum of the profiles"


def orient_filters(network: keras.Model, profiles: np.ndarray, reference: np.ndarray) -> list[bool]:
    """Mirror each filter whose σ decreases with the reference; the output does not change.

    Parameters
    ----------
    network
        Forward or linear network.
    profiles, reference
        (M, N) profiles and (N,) track, NaN where unknown.

    Returns
    -------
    list of bool
        Whether each filter was mirrored.
    """
    kernel, bias = network.get_layer(SIGMA).get_weights()
    known = np.isfinite(reference)
    # the sigmoid is monotone: its input has the same sign of the correlation
    drive = profiles[:, known].T @ kernel[0] + bias
    centered = reference[known] - reference[known].mean()
    mirrored = [bool(d @ centered < 0) for d in (drive - drive.mean(0)).T]
    for number, mirror in enumerate(mirrored):
        if mirror:
            mirror_filter(network, number)
    return mirrored


def mirror_filter(network: keras.Model, number: int) -> None:
    """Negate a filter, and adapt the next layer to 1 - σ (to -σ without a sigmoid)."""
    layer = network.get_layer(SIGMA)
    kernel, bias = layer.get_weights()
    kernel[..., number] *= -1
    bias[number] *= -1
    layer.set_weights([kernel, bias])
    following = next(
        other for other in network.layers[network.layers.index(layer) + 1 :] if other.weights
    )
    weights, shift = following.get_weights()
    rows = slice(number, None, layer.filters)  # flattened order: position, then filter
    if layer.activation is keras.activations.sigmoid:
        shift = shift + weights[rows].sum(0)
    weights[rows] *= -1
    following.set_weights([weights, shift])
