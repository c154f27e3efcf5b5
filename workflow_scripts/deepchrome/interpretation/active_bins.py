"""From optimised inputs to class maps, their active bins and the marks that these point to."""

import numpy as np

from workflow_scripts.deepchrome.figures.mark_roles import CLASSES, marks_of_class


def bound_map(inputs: np.ndarray, recipe: str) -> np.ndarray:
    """Bring optimised inputs to [0, 1]; each map's greatest value becomes 1.

    Parameters
    ----------
    inputs : array of float, shape=(..., bins, marks)
        As optimised.
    recipe
        `released` cuts off below 0 and above 1, `paper` below 0 only; both divide by the maximum.

    Returns
    -------
    array of float, shape=(..., bins, marks)
        A map without any positive value stays 0.
    """
    maps = np.clip(inputs, 0, 1 if recipe == "released" else None)
    most = maps.max(axis=(-2, -1), keepdims=True)
    return np.divide(maps, most, out=np.zeros_like(maps), where=most > 0)


def count_active(maps: np.ndarray, threshold: float) -> np.ndarray:
    """Bins above the threshold by mark; array of int, shape=(..., marks)."""
    return (maps > threshold).sum(axis=-2)


def find_influential(counts: np.ndarray) -> np.ndarray:
    """Marks with more active bins than the mean over marks; array of bool, shape=(..., marks)."""
    return counts > counts.mean(axis=-1, keepdims=True)


def agrees_with_roles(influential: np.ndarray, marks: list[str], name: str) -> np.ndarray:
    """Whether the influential marks are those that the literature gives to a class.

    At least one mark of the class must be influential, and none of the other class. Marks whose
    role is not known do not count.

    Parameters
    ----------
    influential : array of bool, shape=(..., marks)
        From `find_influential`.
    marks
        Names along the last axis.
    name
        `low` or `high`.

    Returns
    -------
    array of bool, shape=(...)
    """
    own = np.isin(marks, marks_of_class(name))
    other = np.isin(marks, marks_of_class(CLASSES[name == "low"]))
    return influential[..., own].any(-1) & ~influential[..., other].any(-1)
