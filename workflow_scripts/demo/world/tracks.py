"""Expected ChIP signal of any mark or factor along a chromosome.

signal(x) = input(x) · (1 + enrichment · (domains(x) + TSS(x) + bodies(x) + enhancers(x) +
boundaries(x))), where input(x) is GC bias and accessibility. It is the density of fragment centers
relative to an unbiased background of 1.
"""

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from workflow_scripts.demo.world.randomness import stream
from workflow_scripts.demo.world.sequence import C, G
from workflow_scripts.demo.world.targets import Target, find_target
from workflow_scripts.demo.world.world import World

STEP = 25  # bin size of the profiles, bp
EDGE = 600  # bp over which the signal decreases at a domain's ends
FIELD_LENGTH = 1_500  # bp, correlation length of the noise of broad signal
GC_WINDOW = 200  # bp, about a fragment
GC_OPTIMUM = 0.48
ACCESSIBLE = 0.35  # gain of input fragments at active TSS
MIN_TSS = 0.3  # height of a mark at an active TSS without transcription, as a fraction
# Gaussians of a TSS profile: (height, center, sd) in bp, in the gene's direction
PROFILES = {
    "bimodal": ((0.75, -330, 110), (1.0, 230, 130), (0.45, 700, 330)),
    "flank": ((0.8, -1_500, 450), (1.0, 1_900, 600)),
    "peak": ((1.0, 0, 120),),
}
ENHANCER_PROFILES = {"bimodal": ((1.0, -300, 160), (1.0, 300, 160)), "peak": ((1.0, 0, 150),)}
BOUNDARY_PROFILE = ((1.0, 0, 90),)
AVOID_PROFILE = ((1.0, 0, 900),)


def transcription(level: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Saturating transcription of a log2 level: 2^level / (2^level + 2^base), 0 to 1."""
    return 1 / (1 + np.exp2(np.asarray(base) - level))


def expected_signal(
    world: World, *, cell: str, target: str, chrom: str, settings: dict, seed: int,
    resolution: int = STEP,
) -> np.ndarray:  # fmt: skip
    """Expected density of ChIP fragment centers of one target.

    The world must include its sequences, whose GC content biases the input. `settings` is the
    config's section `demo.signal`. `resolution` is the bin size in bp, a multiple of 25; the last
    bin may be shorter.

    Returns
    -------
    numpy.ndarray, shape (ceil(length / resolution),), float64
        Mean density in each bin relative to an unbiased background of 1.

    Raises
    ------
    ValueError
        The resolution is not a multiple of 25.
    """
    if resolution % STEP:
        raise ValueError(f"resolution {resolution} bp is no multiple of {STEP} bp")
    track = _Track(world, cell, chrom)
    enriched = track.enrichment(find_target(target), settings, seed)
    fine = track.input(settings["gc_bias"]) * (1 + settings["enrichment"] * enriched)
    edges = np.arange(0, len(fine), resolution // STEP)
    sizes = np.diff(np.append(edges, len(fine)))
    return np.add.reduceat(fine, edges) / sizes


class _Track:
    """Profiles of one cell and chromosome on the fine grid."""

    def __init__(self, world: World, cell: str, chrom: str):
        self.world, self.cell, self.chrom = world, cell, chrom
        self.length = world.chromosomes[chrom]
        self.size = -(-self.length // STEP)
        self.domains = world.domains[world.domains.chrom == chrom]
        level = world.expression[world.expression.cell == cell].set_index("gene")
        self.genes = world.genes[world.genes.chrom == chrom]
        level = level.loc[self.genes.gene]
        self.transcribed = transcription(level.log2_level.to_numpy(), level.base.to_numpy())
        self.state = self.genes[cell].to_numpy()
        self.direction = np.where(self.genes.strand == "+", 1, -1)

    def input(self, gc_bias: float) -> np.ndarray:
        """Background with its GC bias and the accessibility of active TSS, mean about 1."""
        codes = self.world.sequences[self.chrom]
        strong = np.zeros(self.size * STEP, dtype=np.float32)
        strong[: self.length] = (codes == C) | (codes == G)
        gc = gaussian_filter1d(strong.reshape(-1, STEP).mean(axis=1), GC_WINDOW / STEP / 2)
        bias = np.exp(-gc_bias * ((gc - GC_OPTIMUM) / 0.1) ** 2)
        opened = self.humps(
            self.genes.tss, self.direction, self.state == "active", PROFILES["peak"]
        )
        return bias / bias.mean() * (1 + ACCESSIBLE * opened)

    def enrichment(self, target: Target, settings: dict, seed: int) -> np.ndarray:
        """Sum of the target's enrichments over background, with the noise of features."""
        rng = stream(seed, "signal", self.cell, target.name, self.chrom)
        noise = settings["feature_noise"]

        def vary(number: int) -> np.ndarray:
            return np.exp(noise * rng.standard_normal(number) - noise**2 / 2)

        active = self.state == "active"
        height = np.where(active, MIN_TSS + (1 - MIN_TSS) * self.transcribed, 0)
        tss = target.tss * height + target.bivalent * (self.state == "bivalent")
        tss = tss * vary(len(tss))
        body = target.body * self.transcribed * vary(len(tss))
        bound = {name: table[table.chrom == self.chrom]
                 for name, table in (("enhancer", self.world.enhancers),
                                     ("boundary", self.world.insulators))}  # fmt: skip
        middle = {name: (table.start + table.end) // 2 for name, table in bound.items()}
        occupied = {name: table[self.cell] * vary(len(table)) for name, table in bound.items()}

        total = self.broad(target, settings["field_noise"], rng)
        total *= 1 - target.avoids_tss * np.minimum(
            self.humps(self.genes.tss, self.direction, height, AVOID_PROFILE), 1
        )
        total += self.humps(self.genes.tss, self.direction, tss, PROFILES[target.tss_profile])
        total += self.bodies(body, target.body_profile)
        profile = ENHANCER_PROFILES[target.enhancer_profile]
        total += self.humps(middle["enhancer"], 1, target.enhancer * occupied["enhancer"], profile)
        return total + self.humps(
            middle["boundary"], 1, target.boundary * occupied["boundary"], BOUNDARY_PROFILE
        )

    def broad(self, target: Target, field_noise: float, rng: np.random.Generator) -> np.ndarray:
        """Affinity of the domains' states, decreasing at edges and with noise inside."""
        affinity = self.domains[self.cell].map(lambda state: getattr(target, state)).to_numpy()
        centers = (np.arange(self.size) + 0.5) * STEP
        rows = np.searchsorted(self.domains.end.to_numpy(), centers, side="right")
        level = affinity[np.minimum(rows, len(affinity) - 1)]
        field = gaussian_filter1d(rng.standard_normal(self.size), FIELD_LENGTH / STEP)
        field = field_noise * field / max(field.std(), 1e-12)
        return gaussian_filter1d(level, EDGE / STEP) * np.exp(field - field_noise**2 / 2)

    def humps(self, position, direction, height, profile) -> np.ndarray:
        """Sum of Gaussians around positions (bp); `direction` is ±1, `height` per position."""
        track = np.zeros(self.size)
        position = np.asarray(position)
        direction, height = np.broadcast_arrays(direction, height, position)[:2]
        for factor, offset, sd in profile:
            reach = int(np.ceil(4 * sd / STEP))
            steps = np.arange(-reach, reach + 1)
            chosen = np.flatnonzero(height != 0)
            center = position[chosen] + direction[chosen] * offset
            index = center[:, None] // STEP + steps
            distance = (index + 0.5) * STEP - center[:, None]
            value = factor * height[chosen, None] * np.exp(-0.5 * (distance / sd) ** 2)
            inside = (index >= 0) & (index < self.size)
            np.add.at(track, index[inside], value[inside])
        return track

    def bodies(self, height: np.ndarray, profile: str) -> np.ndarray:
        """Signal of given heights over gene bodies, from 300 bp after the TSS to the 3' end."""
        track = np.zeros(self.size)
        for gene, top in zip(self.genes.itertuples(), height, strict=True):
            if top == 0:
                continue
            first, last = gene.start // STEP, -(-gene.end // STEP)
            along = (np.arange(last - first) + 0.5) / (last - first)
            if gene.strand == "-":
                along = along[::-1]
            from_tss = along * (gene.end - gene.start)
            shape = {"rising": 0.15 + 0.85 * along, "falling": 1 - 0.8 * along, "flat": along**0}
            track[first:last] += top * shape[profile] * np.clip(from_tss / 300, 0, 1)
        return gaussian_filter1d(track, 100 / STEP)


def signal_table(
    world: World, *, cell: str, targets: list[str], settings: dict, seed: int, resolution: int
) -> pd.DataFrame:
    """Expected signal of several targets: columns chrom, start, end, one per target."""
    tables = []
    for chrom, length in world.chromosomes.items():
        start = np.arange(0, length, resolution)
        end = np.minimum(start + resolution, length)
        table = pd.DataFrame({"chrom": chrom, "start": start, "end": end})
        for target in targets:
            table[target] = expected_signal(
                world, cell=cell, target=target, chrom=chrom, settings=settings, seed=seed,
                resolution=resolution,
            )  # fmt: skip
        tables.append(table)
    return pd.concat(tables, ignore_index=True)
