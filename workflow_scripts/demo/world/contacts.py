"""Contact probabilities: the model of the demo's Hi-C, HiChIP and Micro-C.

kernel(i, j) = max(s, plateau)^-decay · exp(compartment · e_i e_j)
· exp(-compaction · (e_i + e_j) / 2 · exp(-s / 50 kb)) · exp(-insulation · boundaries between)
· Π over loops (1 + loop · strength · Gaussian at the anchors)

with s the distance and e the compartment score. Closed chromatin is compact: nearby bins in it have
more contacts than in active chromatin (otherwise a map could not distinguish the two). Contacts
between chromosomes have a constant level, times their compartment term.

All bins have equally many contacts: the probabilities are the kernels times a factor per bin, so
that each bin's sum over all partners farther than 10 kb is equal. Balancing assumes equal
visibility, so balanced maps can be compared with these probabilities.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from workflow_scripts.demo.world.domains import COMPARTMENT
from workflow_scripts.demo.world.world import World

SMOOTH = 8_000  # bp over which compartment scores are smoothed
MIN_BOUNDARY = 0.4  # insulation of a boundary without CTCF, as a fraction
MOST_BOUNDARIES = 2.5  # maximum number of boundaries that add insulation
LOOP_RADIUS = 6_000  # bp, standard deviation of a loop's Gaussian
UNIT = 10_000  # bp at which the decay term is 1
COMPACT = 50_000  # bp over which compaction fades
VISIBLE = 10_000  # bp beyond which contacts count for equal visibility
FLAT = 1e-4  # largest relative difference of a bin's sum from the mean
MOST_ROUNDS = 200


def bin_count(length: int, resolution: int) -> int:
    """Number of bins of a chromosome; the last may be shorter."""
    return -(-length // resolution)


def compartment_scores(world: World, cell: str, chrom: str, resolution: int) -> np.ndarray:
    """Compartment score e of each bin, shape (bins,), from -1 (closed) to 1 (active)."""
    step = 500
    domains = world.domains[world.domains.chrom == chrom]
    length = world.chromosomes[chrom]
    centers = np.arange(step / 2, length, step)
    rows = np.searchsorted(domains.end.to_numpy(), centers, side="right")
    score = domains[cell].map(COMPARTMENT).to_numpy()[rows]
    score = gaussian_filter1d(score, SMOOTH / step, mode="nearest")
    number = bin_count(length, resolution)
    which = np.minimum((centers / resolution).astype(int), number - 1)
    total = np.bincount(which, score, minlength=number)
    return total / np.maximum(np.bincount(which, minlength=number), 1)


def boundary_strengths(world: World, cell: str, chrom: str) -> pd.Series:
    """Insulation of each inner domain boundary (index: bp), `MIN_BOUNDARY` to 1.

    The strength of a boundary is the mean occupancy of its two CTCF sites; a missing site counts as
    0.
    """
    ends = world.domains[world.domains.chrom == chrom].set_index("domain")
    inner = ends.end.iloc[:-1]
    sites = world.insulators[world.insulators.chrom == chrom]
    at = sites.domain.map(ends.end).where(sites.side == "right", sites.domain.map(ends.start))
    occupied = sites.groupby(at.to_numpy())[cell].sum().reindex(inner, fill_value=0.0) / 2
    return MIN_BOUNDARY + (1 - MIN_BOUNDARY) * occupied


def cis_kernel(
    world: World, *, cell: str, chrom: str, settings: dict, resolution: int
) -> np.ndarray:
    """Relative contact probability of all pairs of bins of a chromosome.

    `settings` is the config's section `demo.contacts`, `resolution` the bin size in bp.

    Returns
    -------
    numpy.ndarray, shape (bins, bins), float64, symmetric, not normalized
    """
    number = bin_count(world.chromosomes[chrom], resolution)
    position = (np.arange(number) + 0.5) * resolution
    distance = np.abs(position[:, None] - position[None, :])
    # the mean distance of two points in a bin is a third of its size
    nearest = max(resolution / 3, settings["plateau"])
    kernel = (np.maximum(distance, nearest) / UNIT) ** -settings["decay"]
    score = compartment_scores(world, cell, chrom, resolution)
    kernel *= np.exp(settings["compartment"] * np.outer(score, score))
    mean = (score[:, None] + score[None, :]) / 2
    kernel *= np.exp(-settings["compaction"] * mean * np.exp(-distance / COMPACT))

    strength = boundary_strengths(world, cell, chrom)
    passed = np.concatenate([[0.0], strength.cumsum()])
    passed = passed[np.searchsorted(strength.index.to_numpy(), position)]
    crossed = np.minimum(np.abs(passed[:, None] - passed[None, :]), MOST_BOUNDARIES)
    kernel *= np.exp(-settings["insulation"] * crossed)
    _add_loops(kernel, world, cell, chrom, settings["loop"], resolution)
    return kernel


def _add_loops(kernel, world: World, cell: str, chrom: str, gain: float, resolution: int) -> None:
    """Multiply the kernel by the Gaussians of all loops, in place, symmetrically."""
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
        # near the diagonal the Gaussian would be applied from both sides: use each pair once
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
    world: World, *, cell: str, settings: dict
) -> Iterator[tuple[str, str, np.ndarray]]:
    """Probabilities of the whole genome, chromosome pair by chromosome pair in genome order.

    `settings` is the config's section `demo.contacts`, whose `grid` is the bin size in bp.

    Yields
    ------
    tuple
        chrom1, chrom2, and the probabilities of their pairs of bins: for a chromosome with itself
        the upper triangle with the diagonal, the rest 0. All blocks together sum to 1, of which
        `trans_fraction` is between chromosomes (0 if there is only one), and all bins have equal
        sums (see the module).
    """
    names = list(world.chromosomes)
    resolution = settings["grid"]
    common = {"cell": cell, "settings": settings, "resolution": resolution}
    cis = {name: cis_kernel(world, chrom=name, **common) for name in names}
    trans = {
        (one, two): trans_kernel(world, chrom1=one, chrom2=two, **common)
        for i, one in enumerate(names)
        for two in names[i + 1 :]
    }
    share = settings["trans_fraction"] if trans else 0.0
    bias, level = _equal_visibility(cis, trans, share, -(-VISIBLE // resolution))
    blocks = {(one, one): np.triu(block) for one, block in cis.items()}
    blocks |= {pair: level * block for pair, block in trans.items()}
    total = sum(bias[one] @ block @ bias[two] for (one, two), block in blocks.items())
    for i, one in enumerate(names):
        for two in names[i:]:
            yield one, two, blocks[one, two] * (bias[one][:, None] * bias[two] / total)


def sum_up(block: np.ndarray, fold: int) -> np.ndarray:
    """Sum a matrix over squares of `fold` bins; the last ones may be smaller."""
    rows, columns = (np.arange(0, size, fold) for size in block.shape)
    return np.add.reduceat(np.add.reduceat(block, rows, axis=0), columns, axis=1)


def _equal_visibility(
    cis: dict, trans: dict, share: float, near: int
) -> tuple[dict[str, np.ndarray], float]:
    """Factors of the bins that give all bins equal sums of contacts, and a factor of `trans`.

    The sums leave out the first `near` diagonals within a chromosome; the fraction `share` of all
    contacts is between chromosomes.
    """
    far = {name: block - np.tril(np.triu(block, 1 - near), near - 1) for name, block in cis.items()}
    bias = {name: np.ones(len(block)) for name, block in cis.items()}
    for _ in range(MOST_ROUNDS):
        within = sum(bias[c] @ np.triu(block) @ bias[c] for c, block in cis.items())
        between = sum(bias[a] @ block @ bias[b] for (a, b), block in trans.items())
        level = share / (1 - share) * within / between if between else 0.0
        sums = {name: block @ bias[name] for name, block in far.items()}
        for (one, two), block in trans.items():
            sums[one] = sums[one] + level * (block @ bias[two])
            sums[two] = sums[two] + level * (bias[one] @ block)
        sums = {name: bias[name] * total for name, total in sums.items()}
        mean = np.concatenate(list(sums.values())).mean()
        # a bin without distant partners is not scaled
        sums = {name: np.where(total > 0, total, mean) for name, total in sums.items()}
        if not mean or max(np.abs(total / mean - 1).max() for total in sums.values()) < FLAT:
            break
        bias = {name: bias[name] / np.sqrt(total / mean) for name, total in sums.items()}
    return bias, level
