"""Filters of the forward network: how they start, and which way σ points.

A filter and its mirror image (σ to 1 - σ, the next layer's weights to match) make the same network;
training ends at either. σ is turned to be high in active bins, as Farré 2018 shows it.
"""

import keras
import numpy as np
from sklearn.decomposition import PCA

from workflow_scripts.conformation.models.networks import SIGMA

SPREAD = 1.5  # sd of what enters the sigmoid at the start


def start_at_components(network: keras.Model, profiles: np.ndarray) -> None:
    """Set filter k to principal component k of the profiles, shifted and scaled to mean 0, sd 1.5.

    Parameters
    ----------
    network
        Forward network with no more filters than factors.
    profiles : float array, shape=(M, n)
        Training bins.
    """
    layer = network.get_layer(SIGMA)
    number = min(layer.filters, *profiles.shape)
    components = PCA(number, svd_solver="full").fit(profiles.T).components_.T
    scale = SPREAD / np.maximum((profiles.T @ components).std(0), 1e-6)
    kernel, bias = layer.get_weights()
    kernel[0, :, :number] = components * scale
    bias[:number] = -(profiles.mean(1) @ kernel[0, :, :number])
    layer.set_weights([kernel, bias])


def reference_track(active: np.ndarray | None, profiles: np.ndarray) -> tuple[np.ndarray, str]:
    """What σ shall rise with: activity where it is known, else the sum of all profiles.

    Parameters
    ----------
    active : float array, shape=(N,), or None
        1 for active bins, 0 for inactive ones, NaN where it is not known.
    profiles : float array, shape=(M, N)
        Used where no two known bins differ in activity.

    Returns
    -------
    The track (NaN where it says nothing), and its name for the record.
    """
    if active is not None and len(set(active[np.isfinite(active)])) > 1:
        return active, "activity"
    return profiles.sum(0), "sum of the profiles"


def orient(network: keras.Model, profiles: np.ndarray, reference: np.ndarray) -> list[bool]:
    """Turn each filter whose σ falls with the reference; the network's output stays the same.

    Parameters
    ----------
    network
        Forward or linear network.
    profiles, reference
        (M, N) profiles and (N,) track, NaN where it says nothing.

    Returns
    -------
    list of bool
        Which filters were turned.
    """
    kernel, bias = network.get_layer(SIGMA).get_weights()
    known = np.isfinite(reference)
    # the sigmoid is monotone: its input turns with it
    drive = profiles[:, known].T @ kernel[0] + bias
    centred = reference[known] - reference[known].mean()
    turned = [bool(d @ centred < 0) for d in (drive - drive.mean(0)).T]
    for number, turn in enumerate(turned):
        if turn:
            mirror_filter(network, number)
    return turned


def mirror_filter(network: keras.Model, number: int) -> None:
    """Negate a filter and fold 1 - σ (-σ without a sigmoid) into the layer that follows."""
    layer = network.get_layer(SIGMA)
    kernel, bias = layer.get_weights()
    kernel[..., number] *= -1
    bias[number] *= -1
    layer.set_weights([kernel, bias])
    following = next(
        part for part in network.layers[network.layers.index(layer) + 1 :] if part.weights
    )
    weights, shift = following.get_weights()
    rows = slice(number, None, layer.filters)  # flat order: position, then filter
    if layer.activation is keras.activations.sigmoid:
        shift = shift + weights[rows].sum(0)
    weights[rows] *= -1
    following.set_weights([weights, shift])
