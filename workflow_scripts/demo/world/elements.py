"""Regulatory elements on the genome: promoter motif sites, enhancers, insulators at boundaries."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo.world.domains import domain_at
from workflow_scripts.demo.world.genes import BOUNDARY_MARGIN, PROMOTER, exon_list, stranded_window
from workflow_scripts.demo.world.motifs import PROMOTER_ROLES, Motif, motifs_of, place_sites
from workflow_scripts.demo.world.randomness import stream

MAX_SITES = 3  # of one motif in one promoter
ENHANCER_LENGTH = 500
ENHANCER_SITES = 0.8  # mean number of additional sites of each enhancer motif per enhancer
TSS_CLEARANCE = 1_000  # bp around a TSS without enhancers
ENHANCER_DENSITY = {"active": 1.0, "inactive": 0.4, "polycomb": 0.5, "heterochromatin": 0.05}
SITE_ABSENT = 0.12  # probability that a domain end lacks its insulator site


def promoter_sites(
    genes: pd.DataFrame, motifs: dict[str, Motif], mean: float, seed: int
) -> pd.DataFrame:
    """Motif sites of all promoters, `mean` sites per motif on average; column `gene`."""
    rng = stream(seed, "promoter sites")
    chosen = motifs_of(motifs, *PROMOTER_ROLES)
    start, end = stranded_window(genes, *PROMOTER)
    regions = pd.DataFrame({"owner": genes.gene, "chrom": genes.chrom, "start": start, "end": end})
    counts = rng.poisson(mean, (len(genes), len(chosen))).clip(max=MAX_SITES)
    return place_sites(regions, counts, chosen, rng).rename(columns={"owner": "gene"})


def make_enhancers(
    chromosomes: dict[str, int],
    domains: pd.DataFrame,
    genes: pd.DataFrame,
    transcripts: pd.DataFrame,
    number: int,
    seed: int,
) -> pd.DataFrame:
    """Place enhancers between genes or in introns: columns enhancer, chrom, start, end, domain."""
    rng = stream(seed, "enhancers")
    tables = []
    for chrom, length in chromosomes.items():
        taken = np.zeros(length + 1, dtype=np.int32)  # +1 at starts, -1 at ends
        local = genes[genes.chrom == chrom]
        spans = [exon for form in transcripts[transcripts.chrom == chrom].itertuples()
                 for exon in exon_list(form)]  # fmt: skip
        spans += [(t - TSS_CLEARANCE, t + TSS_CLEARANCE) for t in local.tss]
        borders = [0, *domains.end[domains.chrom == chrom]]
        spans += [(b - BOUNDARY_MARGIN, b + BOUNDARY_MARGIN) for b in borders]
        for start, end in np.array(spans).clip(0, length):
            taken[start] += 1
            taken[end] -= 1
        free = np.concatenate([[0], (taken.cumsum()[:-1] == 0).cumsum()])
        slots = np.arange(0, length - ENHANCER_LENGTH + 1, ENHANCER_LENGTH)
        slots = slots[free[slots + ENHANCER_LENGTH] - free[slots] == ENHANCER_LENGTH]
        tables.append(pd.DataFrame({"chrom": chrom, "start": slots}))
    slots = pd.concat(tables, ignore_index=True)
    if number > len(slots):
        raise UserError(
            f"config: demo.enhancers: {number} enhancers do not fit between the genes;"
            f" expected: at most {len(slots)}"
        )
    row = domain_at(domains, slots.chrom, slots.start)
    weight = domains.base.map(ENHANCER_DENSITY).to_numpy()[row]
    chosen = np.sort(rng.choice(len(slots), number, replace=False, p=weight / weight.sum()))
    table = slots.iloc[chosen].reset_index(drop=True)
    table["end"] = table.start + ENHANCER_LENGTH
    table["domain"] = domains.domain.to_numpy()[row[chosen]]
    table.insert(0, "enhancer", [f"E{i:04d}" for i in range(1, number + 1)])
    return table


def enhancer_sites(enhancers: pd.DataFrame, motifs: dict[str, Motif], seed: int) -> pd.DataFrame:
    """Motif sites in the inner 400 bp of each enhancer, at least one; column `enhancer`."""
    rng = stream(seed, "enhancer sites")
    chosen = motifs_of(motifs, "enhancer")
    regions = enhancers.rename(columns={"enhancer": "owner"})[["owner", "chrom", "start", "end"]]
    regions = regions.assign(start=regions.start + 50, end=regions.end - 50)
    counts = rng.poisson(ENHANCER_SITES, (len(enhancers), len(chosen)))
    counts[np.arange(len(counts)), rng.integers(0, len(chosen), len(counts))] += 1
    return place_sites(regions, counts, chosen, rng).rename(columns={"owner": "enhancer"})


def make_insulators(domains: pd.DataFrame, motifs: dict[str, Motif], seed: int) -> pd.DataFrame:
    """CTCF sites just inside the domain ends that face another domain, pointing inward.

    The sites of a domain are convergent (+ at its left end, - at its right end), like loop anchors.
    Columns chrom, start, end, strand, motif, matrix, insulator, domain, side (left or right).
    """
    rng = stream(seed, "insulators")
    motif = motifs["CTCF"]
    first = ~domains.chrom.duplicated()
    last = ~domains.chrom.duplicated(keep="last")
    rows = []
    for domain, is_first, is_last in zip(domains.itertuples(), first, last, strict=True):
        for side, strand, edge in (("left", "+", is_first), ("right", "-", is_last)):
            offset, absent = int(rng.integers(100, 900)), rng.random() < SITE_ABSENT
            if not (edge or absent):
                start = domain.start + offset if side == "left" else domain.end - offset
                rows.append((domain.chrom, start, start + motif.length, strand, motif.name,
                             motif.matrix, domain.domain, side))  # fmt: skip
    columns = ["chrom", "start", "end", "strand", "motif", "matrix", "domain", "side"]
    table = pd.DataFrame(rows, columns=columns).sort_values(["chrom", "start"], ignore_index=True)
    table.insert(6, "insulator", [f"I{i:04d}" for i in range(1, len(table) + 1)])
    return table
