"""Contacts of a HiChIP library: Hi-C contacts whose ends carry the mark, and loops.

The probability of a molecule is that of the contact, which falls more steeply with distance than in
Hi-C, times the mean signal of its two ends plus an unspecific part. A fraction of the pairs
connects the anchors of loops, weighted by the loops' strength and by the same signal at the
anchors.
"""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo.sequencing.hic import Ends
from workflow_scripts.demo.world.tracks import expected_signal
from workflow_scripts.demo.world.world import World

ANCHOR_WINDOW = 2_500  # bp around an anchor whose signal counts for its loop
MIN_LOOP = 1_500  # minimum bp between the ends of a loop's pair


def caught_signal(
    world: World, *, cell: str, target: str, settings: dict, seed: int
) -> dict[str, np.ndarray]:
    """Relative pull-down of each bin of the contacts' grid, by chromosome.

    Parameters
    ----------
    world
        Includes the sequences, whose GC content biases the signal.
    cell, target
        Cell type, and the mark or factor of the antibody.
    settings
        Keys hichip, contacts and signal of the config's section `demo`.
    seed
        Seed of the run.

    Returns
    -------
    dict
        Arrays of shape (bins,): expected signal over a background of 1, plus `unspecific`.

    Raises
    ------
    UserError
        The grid is not a multiple of 25 bp, the grid of the signal; an unknown target.
    """
    grid = settings["contacts"]["grid"]
    try:
        return {
            chrom: settings["hichip"]["unspecific"]
            + expected_signal(
                world, cell=cell, target=target, chrom=chrom, settings=settings["signal"],
                seed=seed, resolution=grid,
            )
            for chrom in world.chromosomes
        }  # fmt: skip
    except ValueError:
        raise UserError(
            f"config: demo.contacts.grid: {grid}; expected with HiChIP samples: a multiple of 25"
        ) from None


def loop_weights(loops: pd.DataFrame, cell: str, caught: dict, grid: int) -> np.ndarray:
    """Relative frequency of each loop: strength in the cell times the anchors' mean signal.

    `caught` is the result of `caught_signal` on a grid of `grid` bp. Shape (loops,), float64.
    """
    signal = np.zeros(len(loops))
    for side in ("1", "2"):
        middle = ((loops[f"start{side}"] + loops[f"end{side}"]) // 2).to_numpy()
        # all bins that overlap the window around an anchor, so that no peak is split at a bin's
        # edge
        first, last = (middle - ANCHOR_WINDOW // 2) // grid, (middle + ANCHOR_WINDOW // 2) // grid
        for row, chrom in enumerate(loops.chrom):
            signal[row] += caught[chrom][max(first[row], 0) : last[row] + 1].mean() / 2
    return loops[cell].to_numpy() * signal


def draw_loop_pairs(
    world: World, ends: Ends, number: int, *, weights: np.ndarray, anchor_sd: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Pairs of ends that loops connect.

    The two positions of a pair are normally distributed around the centers of its loop's anchors
    (`anchor_sd` bp), and the nearest restriction ends are ligated. Ends of one fragment or cut, and
    those less than 1.5 kb apart, are redrawn.

    Parameters
    ----------
    world, ends
        The world, and the result of `hic.restriction_ends` for its genome.
    number
        Number of pairs to draw.
    weights
        Relative frequency of each of the world's loops, shape (loops,).
    anchor_sd
        Standard deviation in bp.
    rng
        Random stream of the sample.

    Returns
    -------
    tuple of int arrays, each of shape (number,)
        Rows of `ends`.

    Raises
    ------
    UserError
        Pairs are requested and no loop has weight.
    """
    if number and not weights.sum() > 0:
        raise UserError(
            "config: demo.hichip.loop_fraction: the world has no loops to draw from; expected: 0"
        )
    offset = np.concatenate([[0], np.cumsum(list(world.chromosomes.values()))])
    index = {chrom: i for i, chrom in enumerate(world.chromosomes)}
    chrom = world.loops.chrom.map(index).to_numpy()
    middles = [((world.loops[f"start{s}"] + world.loops[f"end{s}"]) / 2).to_numpy() for s in "12"]
    # the two ends of a cut are in reverse order
    place = offset[ends.chrom] + ends.edge
    order = np.argsort(place, kind="stable")
    parts, missing = [np.empty((2, 0), dtype=int)], number
    while missing:
        loop = rng.choice(len(weights), missing, p=weights / weights.sum())
        pair = []
        for middle in middles:
            at = middle[loop] + anchor_sd * rng.standard_normal(missing)
            target = offset[chrom[loop]] + at
            right = np.searchsorted(place[order], target).clip(1, len(order) - 1)
            nearer = target - place[order[right - 1]] < place[order[right]] - target
            pair.append(order[right - nearer])
        one, two = pair
        apart = (ends.chrom[one] == chrom[loop]) & (ends.chrom[two] == chrom[loop])
        apart &= np.abs(ends.edge[one] - ends.edge[two]) >= MIN_LOOP
        apart &= ends.fragment[one] != ends.fragment[two]
        parts.append(np.stack(pair)[:, apart])
        missing -= int(apart.sum())
    one, two = np.concatenate(parts, axis=1)
    return one, two
