"""Contact probabilities in the nucleus: the model behind Hi-C, HiChIP and Micro-C of the demo.

kernel(i, j) = s^-decay · exp(compartment · e_i e_j) · exp(-insulation · boundaries between)
· Π over loops (1 + loop · strength · Gaussian at the anchors)

with s the distance and e the compartment score. Contacts between chromosomes have one level, times
their compartment term.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from workflow_scripts.demo.world import World

COMPARTMENT = {"active": 1.0, "inactive": -0.7, "polycomb": -0.4, "heterochromatin": -1.0}
SMOOTH = 8_000  # bp over which compartments blend
LEAST_BOUNDARY = 0.4  # insulation of a boundary without CTCF, as a fraction
MOST_BOUNDARIES = 2.5  # boundaries beyond these insulate no further
LOOP_RADIUS = 6_000  # bp, sd of a loop's spot
UNIT = 10_000  # bp at which the decay term is 1


def bin_count(length: int, resolution: int) -> int:
    """Number of bins of a chromosome; the last may be shorter."""
    return -(-length // resolution)


def compartment_scores(world: World, cell: str, chrom: str, resolution: int) -> np.ndarray:
    """Compartment score e of each bin, shape (bins,), from -1 (closed) to 1 (active)."""
    step = 500
    domains = world.domains[world.domains.chrom == chrom]
    length = world.chromosomes[chrom]
    centres = np.arange(step / 2, length, step)
    rows = np.searchsorted(domains.end.to_numpy(), centres, side="right")
    score = domains[cell].map(COMPARTMENT).to_numpy()[rows]
    score = gaussian_filter1d(score, SMOOTH / step, mode="nearest")
    number = bin_count(length, resolution)
    which = np.minimum((centres / resolution).astype(int), number - 1)
    total = np.bincount(which, score, minlength=number)
    return total / np.maximum(np.bincount(which, minlength=number), 1)


def boundary_strengths(world: World, cell: str, chrom: str) -> pd.Series:
    """Insulation of each inner domain boundary (index: bp), `LEAST_BOUNDARY` to 1.

    A boundary is as strong as the mean occupancy of its two CTCF sites, a missing one counting 0.
    """
    ends = world.domains[world.domains.chrom == chrom].set_index("domain")
    inner = ends.end.iloc[:-1]
    sites = world.insulators[world.insulators.chrom == chrom]
    at = sites.domain.map(ends.end).where(sites.side == "right", sites.domain.map(ends.start))
    occupied = sites.groupby(at.to_numpy())[cell].sum().reindex(inner, fill_value=0.0) / 2
    return LEAST_BOUNDARY + (1 - LEAST_BOUNDARY) * occupied


def cis_kernel(
    world: World, *, cell: str, chrom: str, settings: dict, resolution: int
) -> np.ndarray:
    """Relative contact probability of all pairs of bins of a chromosome.

    `settings` is the config's section `demo.contacts`, `resolution` the bin size in bp.

    Returns
    -------
    numpy.ndarray, shape (bins, bins), float64, symmetric, not normalised
    """
    number = bin_count(world.chromosomes[chrom], resolution)
    position = (np.arange(number) + 0.5) * resolution
    distance = np.abs(position[:, None] - position[None, :])
    # two points in one bin lie a third of it apart on average
    kernel = (np.maximum(distance, resolution / 3) / UNIT) ** -settings["decay"]
    score = compartment_scores(world, cell, chrom, resolution)
    kernel *= np.exp(settings["compartment"] * np.outer(score, score))

    strength = boundary_strengths(world, cell, chrom)
    passed = np.concatenate([[0.0], strength.cumsum()])
    passed = passed[np.searchsorted(strength.index.to_numpy(), position)]
    crossed = np.minimum(np.abs(passed[:, None] - passed[None, :]), MOST_BOUNDARIES)
    kernel *= np.exp(-settings["insulation"] * crossed)
    _add_loops(kernel, world, cell, chrom, settings["loop"], resolution)
    return kernel


def _add_loops(kernel, world: World, cell: str, chrom: str, gain: float, resolution: int) -> None:
    """Multiply the spots of all loops into the kernel, in place, on both sides of the diagonal."""
    loops = world.loops[world.loops.chrom == chrom]
    radius = max(LOOP_RADIUS, resolution / 2)
    reach = int(np.ceil(3 * radius / resolution))
    number = len(kernel)
    middles = (loops.start1 + loops.end1) / 2, (loops.start2 + loops.end2) / 2
    for one, two, strength in zip(*middles, loops[cell], strict=True):
        middle = [int(x // resolution) for x in (one, two)]
        bins = [np.arange(max(b - reach, 0), min(b + reach + 1, number)) for b in middle]
        near = [np.exp(-0.5 * (((b + 0.5) * resolution - x) / radius) ** 2)
                for b, x in zip(bins, (one, two), strict=True)]  # fmt: skip
        spot = np.zeros((len(bins[0]), len(bins[1])))
        spot += gain * strength * np.outer(near[0], near[1])
        # a spot near the diagonal would be met from both sides: take each pair once
        upper = bins[0][:, None] <= bins[1][None, :]
        i, j = np.nonzero(upper)
        kernel[bins[0][i], bins[1][j]] *= 1 + spot[i, j]
        off = bins[0][i] != bins[1][j]
        kernel[bins[1][j][off], bins[0][i][off]] *= 1 + spot[i, j][off]


def trans_kernel(
    world: World, *, cell: str, chrom1: str, chrom2: str, settings: dict, resolution: int
) -> np.ndarray:
    """Relative contact probability between two chromosomes, shape (bins of 1, bins of 2)."""
    scores = [compartment_scores(world, cell, chrom, resolution) for chrom in (chrom1, chrom2)]
    return np.exp(settings["compartment"] * np.outer(*scores))


def contact_blocks(
    world: World, *, cell: str, settings: dict, resolution: int
) -> Iterator[tuple[str, str, np.ndarray]]:
    """Probabilities of the whole genome, chromosome pair by chromosome pair in genome order.

    Yields
    ------
    tuple
        chrom1, chrom2, and the probabilities of their pairs of bins: for a chromosome with itself
        the upper triangle with the diagonal, the rest 0. All blocks together sum to 1, of which
        `trans_fraction` lies between chromosomes (0 where there is but one).
    """
    names = list(world.chromosomes)
    common = {"cell": cell, "settings": settings, "resolution": resolution}
    cis = {name: np.triu(cis_kernel(world, chrom=name, **common)) for name in names}
    trans = {
        (one, two): trans_kernel(world, chrom1=one, chrom2=two, **common)
        for i, one in enumerate(names)
        for two in names[i + 1 :]
    }
    share = settings["trans_fraction"] if trans else 0.0
    cis_scale = (1 - share) / sum(block.sum() for block in cis.values())
    trans_scale = share / sum(block.sum() for block in trans.values()) if trans else 0.0
    for i, one in enumerate(names):
        yield one, one, cis[one] * cis_scale
        for two in names[i + 1 :]:
            yield one, two, trans[one, two] * trans_scale
