"""What the baselines learn from: standardised features of one fold's training genes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workflow_scripts.deepexpression.data.folds import balance

# Share of the largest eigenvalue below which an axis is rounding. On gapped k-mers of 12,057 human
# promoters the smallest true ones are 2e-8 and the largest false ones 6e-15.
SPANNED = 1e-12


@dataclass
class Standard:
    """Features scaled by the training genes: mean 0 and variance 1; constant ones become 0."""

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, train: np.ndarray) -> "Standard":
        """Mean and scale of features (n, d)."""
        mean, spread = train.mean(axis=0, dtype=np.float64), train.std(axis=0, dtype=np.float64)
        # rounding leaves a trace of spread in a constant feature
        constant = spread <= 1e-7 * np.abs(mean)
        scale = np.divide(1, spread, out=np.zeros_like(spread), where=~constant)
        return cls(mean.astype(np.float32), scale.astype(np.float32))

    def apply(self, features: np.ndarray) -> np.ndarray:
        """Features (n, d) on the scale, float32."""
        return (features - self.mean) * self.scale


class Training:
    """Training genes of a fold: features, inner folds, and what the linear models share of them.

    Attributes
    ----------
    features : float32 array, shape=(n, d)
        Standardised.
    standard : Standard
        How others are brought to the same scale.
    inner : int array, shape=(n,)
        Inner fold of each gene; groups of the outer division stay together.
    """

    def __init__(self, features: np.ndarray, group: np.ndarray, *, inner_folds: int, seed: int):
        self.standard = Standard.of(features)
        self.features = self.standard.apply(features)
        groups = np.unique(group, return_inverse=True)[1]
        self.inner = balance(groups, inner_folds, np.random.default_rng(seed))

    @cached_property
    def basis(self) -> np.ndarray:
        """Axes (d, r) that the training genes span; fewer than genes, and often than features.

        Models with a penalty on the weights' length, and the shortest least squares, have their
        weights among them: they are the same on the r new features, and cheaper. Gapped k-mers
        depend on each other: the 1,944 of (6, 4) span 1,010 axes.
        """
        wide = self.features.astype(np.float64)
        if len(wide) < wide.shape[1]:
            values, vectors = np.linalg.eigh(wide @ wide.T)
            kept = values > values[-1] * SPANNED
            axes = wide.T @ (vectors[:, kept] / np.sqrt(values[kept]))
        else:
            values, vectors = np.linalg.eigh(wide.T @ wide)
            axes = vectors[:, values > values[-1] * SPANNED]
        return axes.astype(np.float32)

    @cached_property
    def rotated(self) -> np.ndarray:
        """Features on these axes; float32, shape=(n, r)."""
        return self.features @ self.basis

    @cached_property
    def grams(self) -> list[np.ndarray]:
        """Sums of products of the rotated features with a column of ones, by inner fold.

        float64, shape=(r + 1, r + 1) each: what least squares needs of any of the inner fits is a
        sum of some of them.
        """
        parts = []
        for fold in range(self.inner.max() + 1):
            rows = self.rotated[self.inner == fold].astype(np.float64)
            rows = np.concatenate([rows, np.ones((len(rows), 1))], axis=1)
            parts.append(rows.T @ rows)
        return parts
