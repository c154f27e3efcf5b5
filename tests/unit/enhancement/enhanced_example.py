"""A small map with domains, written as .cool files, and a model that returns its input."""

import cooler
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.contact_maps import genome_bins
from workflow_scripts.enhancement.apply.predict_map import TilingConfig

FINE, FACTOR = 1000, 2
COARSEGRAIN = {"cutoff": 2, "max_levels": 8}
BALANCE = {
    "cis_only": False, "ignore_diags": 0, "mad_max": 0, "min_nnz": 1, "min_count": 0,
    "max_iters": 500, "tolerance": 1e-2,
}  # fmt: skip
SETTINGS = {
    "overlap": 0.6, "conserve": "pixel", "max_masked": 0.5, "batch_size": 3, "circular": [],
}  # fmt: skip


def counts(bins, *, depth=60.0, seed=0, empty=()):
    """Poisson counts of a map with domains whose contacts decay with distance; symmetric."""
    rng = np.random.default_rng(seed)
    domain = np.searchsorted(np.arange(7, bins, 11), np.arange(bins), side="right")
    distance = np.abs(np.subtract.outer(np.arange(bins), np.arange(bins)))
    mean = depth / (1 + distance) ** 0.8 * np.where(np.equal.outer(domain, domain), 2.0, 1.0)
    found = np.triu(rng.poisson(mean))
    found = found + np.triu(found, 1).T
    found[list(empty)] = 0
    found[:, list(empty)] = 0
    return found


def write_cool(path, chromosomes, resolution=FINE, *, last=0):
    """Write matrices of counts by chromosome, the last bins `last` bp shorter; returns the path."""
    sizes = {chrom: len(matrix) * resolution - last for chrom, matrix in chromosomes.items()}
    bins, tables, first = genome_bins(sizes, resolution), [], 0
    for matrix in chromosomes.values():
        i, j = np.nonzero(np.triu(matrix))
        tables.append(pd.DataFrame({"bin1_id": i + first, "bin2_id": j + first,
                                    "count": matrix[i, j]}))  # fmt: skip
        first += len(matrix)
    cooler.create_cooler(str(path), bins, pd.concat(tables), assembly="made")
    return str(path)


def coarsened(path, out, factor=FACTOR):
    """Coarsen a .cool and return the path."""
    cooler.coarsen_cooler(str(path), str(out), factor, chunksize=1_000_000)
    return str(out)


def tiling(**changes):
    """Windows of 24 bins whose predictions lack 2 on each side."""
    standard = dict(
        window=24,
        inner=20,
        factor=FACTOR,
        overlap=0.6,
        coarsegrain=COARSEGRAIN,
        max_masked=0.5,
        batch_size=4,
        shift=(1 / 2, -np.log(2), -np.log(2)),
    )
    return TilingConfig(**{**standard, **changes})


def identity(low):
    """A model that returns its input, cropped."""
    return low[:, 2:-2, 2:-2]
