"""Molecules of a Hi-C library: restriction ends ligated by contact, and artifacts.

The genome is digested, the ends are filled in and ligated, and the ligated pieces are sheared to
molecules that contain the junction. Digestion is partial: a piece may contain further sites, so a
molecule has at most one junction.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from workflow_scripts.chromaloom.genomics.restriction import find_enzyme, restriction_sites
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo.world.contacts import bin_count, contact_blocks
from workflow_scripts.demo.world.sequence import COMPLEMENT, C, G, decode
from workflow_scripts.demo.world.tracks import GC_OPTIMUM, GC_WINDOW
from workflow_scripts.demo.world.world import World

MIN_SIDE = 20  # minimum bp on either side of a molecule's junction
CHUNK = 50_000
CLASSES = ("valid", "random", "dangling", "self_circle")


@dataclass(frozen=True)
class Ends:
    """Restriction ends, filled in; arrays of shape (ends,), by chromosome and position.

    Attributes
    ----------
    chrom : int array
        Index into the chromosomes.
    edge : int array
        Outermost base of the end, 0-based.
    step : int array
        Direction from the edge into the fragment: 1 for a fragment's left end, -1 for its right
        end.
    fragment : int array
        Index of the end's restriction fragment; unique over the genome.
    weight : float array
        Relative probability of observing the end, mean about 1.
    """

    chrom: np.ndarray
    edge: np.ndarray
    step: np.ndarray
    fragment: np.ndarray
    weight: np.ndarray


@dataclass(frozen=True)
class Molecules:
    """Sheared molecules with two ends to read; arrays of shape (molecules,).

    `one` and `two` are rows of `Ends`; `side1` and `side2` the bp from the junction to the
    molecule's two ends. A dangling end has no junction: `two` is -1, `side1` the whole length.
    """

    one: np.ndarray
    two: np.ndarray
    side1: np.ndarray
    side2: np.ndarray

    def take(self, rows: np.ndarray) -> "Molecules":
        """Select molecules, or copies of them."""
        return Molecules(self.one[rows], self.two[rows], self.side1[rows], self.side2[rows])

    def turned(self, chosen: np.ndarray) -> "Molecules":
        """Swap the two sides of the masked molecules; dangling ends are not changed."""
        chosen = chosen & (self.two >= 0)
        return Molecules(
            np.where(chosen, self.two, self.one), np.where(chosen, self.one, self.two),
            np.where(chosen, self.side2, self.side1), np.where(chosen, self.side1, self.side2),
        )  # fmt: skip


def restriction_ends(
    genome: dict[str, np.ndarray], enzyme: str, gc_bias: float, longest: int
) -> Ends:
    """Both ends at each cut, without those less than `longest` bp from the chromosome's end.

    A cut at p leaves the right fragment from p and the left fragment, its overhang filled in, to p
    + overhang. The weight decreases with the distance of the GC content within 200 bp from 48 %, as
    in ChIP.

    Raises
    ------
    UserError
        No such enzyme, one without a 5' overhang, or one that cuts the genome fewer than two times.
    """
    found = find_enzyme(enzyme)
    overhang = found.size + found.fst3 - found.fst5
    columns, fragments = [], 0
    for index, codes in enumerate(genome.values()):
        cuts = restriction_sites(decode(codes), enzyme)
        edge = np.stack([cuts + overhang - 1, cuts], axis=1)
        step = np.broadcast_to([-1, 1], edge.shape)
        number = fragments + np.arange(len(cuts))[:, None] + [0, 1]
        fragments += len(cuts) + 1
        strong = ((codes == C) | (codes == G)).astype(np.float32)
        gc = gaussian_filter1d(strong, GC_WINDOW / 2)
        weight = np.exp(-gc_bias * ((gc - GC_OPTIMUM) / 0.1) ** 2)
        inside = (cuts >= longest) & (cuts + overhang + longest <= len(codes))
        parts = [np.full_like(edge, index), edge, step, number, weight[edge]]
        columns.append([part[inside].ravel() for part in parts])
    chrom, edge, step, fragment, weight = map(np.concatenate, zip(*columns, strict=True))
    if len(edge) < 4:
        raise UserError(
            f"config: demo.hic.enzyme: {enzyme!r} cuts the demo's genome {len(edge) // 2} times;"
            " expected: an enzyme that cuts twice or more"
        )
    return Ends(chrom, edge, step, fragment, weight / weight.mean())


def draw_ends(ends: Ends, number: int, rng: np.random.Generator) -> np.ndarray:
    """Ends drawn by weight, genome-wide, shape (number,)."""
    return _search(ends.weight.cumsum(), rng.random(number) * ends.weight.sum())


def draw_contacts(
    world: World, ends: Ends, number: int, *, cell: str, settings: dict,
    rng: np.random.Generator, caught: dict[str, np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Pairs of ends drawn from the contact model.

    The probability of a pair of bins is its contact probability times the summed weights of the
    ends in each bin, so that a bin with few sites is observed less often. Pairs of ends of one
    fragment or of one cut are redrawn: ligated, they would look like a self-circle or like uncut
    DNA.

    Parameters
    ----------
    world, cell, settings
        As in `contacts.contact_blocks`; bins are those of the settings' grid.
    ends
        Result of `restriction_ends` for the world's genome.
    number
        Number of pairs to draw.
    rng
        Random stream of the sample.
    caught
        By chromosome, shape (bins,): relative pull-down of each bin; a pair is weighted by the mean
        of its bins. By default all bins are equal.

    Returns
    -------
    tuple of int arrays, each of shape (number,)
        Rows of `ends`, the first no later in the genome than the second by their bins.
    """
    resolution = settings["grid"]
    counts = [bin_count(size, resolution) for size in world.chromosomes.values()]
    offset = np.cumsum([0, *counts])
    place = offset[ends.chrom] + ends.edge // resolution
    # the two ends of a cut may be in two bins, the later one first
    order = np.argsort(place, kind="stable")
    total = np.concatenate([[0.0], ends.weight[order].cumsum()])
    border = np.searchsorted(place[order], np.arange(offset[-1] + 1))
    seen = np.diff(total[border])

    first = dict(zip(world.chromosomes, offset, strict=False))
    blocks = []
    for one, two, block in contact_blocks(world, cell=cell, settings=settings):
        i, j = (slice(first[c], first[c] + n) for c, n in zip((one, two), block.shape, strict=True))
        if caught is not None:
            block = block * ((caught[one][:, None] + caught[two]) / 2)
        cumulative = (block * np.outer(seen[i], seen[j])).ravel().cumsum()
        blocks.append((first[one], first[two], block.shape[1], cumulative))
    share = np.array([cumulative[-1] for *_, cumulative in blocks])
    parts, missing = [], number
    while missing:
        drawn = rng.multinomial(missing, share / share.sum())
        pairs = []
        for (row, column, width, cumulative), n in zip(blocks, drawn, strict=True):
            cell_index = _search(cumulative, rng.random(n) * cumulative[-1])
            pairs.append(np.stack([row + cell_index // width, column + cell_index % width]))
        bins = np.concatenate(pairs, axis=1)
        target = total[border[bins]] + rng.random(bins.shape) * seen[bins]
        # rounding must not move a draw beyond its bin
        chosen = np.searchsorted(total, target, side="right") - 1
        pair = order[chosen.clip(border[bins], border[bins + 1] - 1)]
        apart = ends.fragment[pair[0]] != ends.fragment[pair[1]]
        apart &= np.abs(np.diff(pair, axis=0)[0]) > 1
        parts.append(pair[:, apart])
        missing -= int(apart.sum())
    one, two = np.concatenate(parts, axis=1)
    return one, two


def draw_circles(
    ends: Ends, number: int, longest: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The two ends of self-circles: fragments of `longest` bp or more ligated to themselves.

    Raises
    ------
    UserError
        No fragment is long enough.
    """
    # a fragment's left end is followed by its right end
    left = np.flatnonzero((ends.fragment[:-1] == ends.fragment[1:]) & (ends.step[:-1] == 1))
    left = left[ends.edge[left + 1] - ends.edge[left] + 1 >= longest]
    if number and not len(left):
        raise UserError(
            f"config: demo.hic.self_circle: no restriction fragment is {longest} bp or longer;"
            " expected: 0"
        )
    chosen = rng.choice(left, number) if number else left[:0]
    return chosen + 1, chosen


def join(
    one: np.ndarray, two: np.ndarray, length: np.ndarray, rng: np.random.Generator
) -> Molecules:
    """Molecules of given lengths (bp) with a random junction, 20 bp or more from their ends."""
    side = MIN_SIDE + (rng.random(len(one)) * (length - 2 * MIN_SIDE + 1)).astype(int)
    return Molecules(one, two, side, length - side)


def dangle(one: np.ndarray, length: np.ndarray) -> Molecules:
    """Molecules that begin at an unligated end."""
    return Molecules(one, np.full_like(one, -1), length, np.zeros_like(length))


def stack(parts: list[Molecules]) -> Molecules:
    """Concatenate sets of molecules."""
    names = ("one", "two", "side1", "side2")
    return Molecules(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))


def read_starts(ends: Ends, molecules: Molecules) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start positions of both reads of each molecule.

    Returns
    -------
    tuple of arrays, each of shape (2, molecules)
        Chromosome index, position of the read's first base (0-based), and whether the read is on
        the minus strand.
    """
    other = np.where(molecules.two >= 0, molecules.two, molecules.one)
    row = np.stack([molecules.one, other])
    side = np.stack([molecules.side1, molecules.side2])
    start = ends.edge[row] + ends.step[row] * (side - 1)
    minus = ends.step[row] == 1
    # the second read of a dangling end starts at the end and runs into the fragment
    dangling = molecules.two < 0
    start[1, dangling] = ends.edge[molecules.one[dangling]]
    minus[1, dangling] = ~minus[0, dangling]
    return ends.chrom[row], start, minus


def read_pairs(
    genome: list[np.ndarray], ends: Ends, molecules: Molecules, length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Both mates of each molecule; a read that reaches the junction continues beyond it.

    Returns
    -------
    tuple of arrays, each of shape (molecules, length), uint8
        Codes as sequenced: the first bases of the molecule and of its reverse complement.
    """
    offset = np.cumsum([0] + [len(codes) for codes in genome])[:-1]
    joined = np.concatenate(genome)
    edge = offset[ends.chrom] + ends.edge
    number = len(molecules.one)
    mates = [np.empty((number, length), dtype=np.uint8) for _ in range(2)]
    steps = np.arange(length)
    for begin in range(0, number, CHUNK):
        part = molecules.take(np.arange(begin, min(begin + CHUNK, number)))
        dangling = (part.two < 0)[:, None]
        sides = [(part.one, part.side1), (part.two, part.side2)]
        for mate, ((here, side), (there, _)) in zip(mates, (sides, sides[::-1]), strict=True):
            depth = side[:, None] - 1 - steps  # bp to the junction; negative beyond it
            near = depth >= 0
            row = np.where(near, here[:, None], there[:, None])
            depth = np.where(near, depth, -1 - depth)
            # before the junction a right end is read along the plus strand, beyond it along the
            # minus strand
            plus = (ends.step[row] == -1) == near
            if mate is mates[1]:  # the free side of a dangling end: into the fragment
                row = np.where(dangling, part.one[:, None], row)
                depth = np.where(dangling, steps, depth)
                plus = np.where(dangling, ends.step[row] == 1, plus)
            codes = joined[edge[row] + ends.step[row] * depth]
            mate[begin : begin + CHUNK] = np.where(plus, codes, COMPLEMENT[codes])
    return mates[0], mates[1]


def _search(cumulative: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Index whose cumulative weight contains each target, at most the last index."""
    return np.minimum(np.searchsorted(cumulative, target, side="right"), len(cumulative) - 1)
