"""The genome's sequence: isochores, CpG islands, repeats and motif sites."""

import numpy as np
import pandas as pd

from workflow_scripts.demo.world.domains import COMPARTMENT
from workflow_scripts.demo.world.genes import exon_list, stranded_window
from workflow_scripts.demo.world.motifs import Motif, sample_sites, score
from workflow_scripts.demo.world.randomness import stream
from workflow_scripts.demo.world.sequence import C, G, T, reverse_complement

ISLAND = (-500, 500)  # bp from the TSS in the gene's direction
ISLAND_GC = 0.62
KEEP_FREE = 1_000  # bp around a TSS without repeats
# consensus lengths of the repeat families in turn: SINE-, LINE-, LTR- and DNA-transposon-like
FAMILY_LENGTHS = (300, 2_400, 450, 900, 280, 1_600)


def make_background(
    chromosomes: dict[str, int],
    isochores: pd.DataFrame,
    domains: pd.DataFrame,
    genes: pd.DataFrame,
    genome: dict,
    seed: int,
) -> dict[str, np.ndarray]:
    """Random bases by local GC content; outside CpG islands most CpG decay to TpG or CpA.

    The GC content is that of the isochore, moved by `domain_gc` times the compartment score of the
    domain's base state.

    Returns
    -------
    dict
        Codes of each chromosome, shape (length,), uint8 (see `sequence`).
    """
    island_start, island_end = stranded_window(genes, *ISLAND)
    sequences = {}
    for chrom, length in chromosomes.items():
        rng = stream(seed, "sequence", chrom)
        local = isochores[isochores.chrom == chrom]
        gc = np.repeat(local.gc.to_numpy(), (local.end - local.start).to_numpy()).astype(np.float32)
        within = domains[domains.chrom == chrom]
        shift = genome["domain_gc"] * within.base.map(COMPARTMENT).to_numpy(np.float32)
        gc += np.repeat(shift, (within.end - within.start).to_numpy())
        island = np.zeros(length, dtype=bool)
        for i in np.flatnonzero((genes.chrom == chrom) & (genes.cpg_island == 1)):
            island[max(island_start[i], 0) : island_end[i]] = True
        gc[island] = ISLAND_GC
        strong = rng.random(length, dtype=np.float32) < gc
        second = rng.random(length, dtype=np.float32) < 0.5
        # A or T = 0 or 3, C or G = 1 or 2
        codes = np.where(strong, 1 + second, 3 * second).astype(np.uint8)
        decay = rng.random(length - 1, dtype=np.float32) < genome["cpg_depletion"]
        cpg = np.flatnonzero((codes[:-1] == C) & (codes[1:] == G) & decay & ~island[:-1])
        on_plus = rng.random(len(cpg)) < 0.5  # methylated C decays to T on either strand
        codes[cpg[on_plus]] = T
        codes[cpg[~on_plus] + 1] = 0
        sequences[chrom] = codes
    return sequences


def insert_repeats(
    sequences: dict[str, np.ndarray],
    reserved: dict[str, np.ndarray],
    genome: dict,
    seed: int,
) -> pd.DataFrame:
    """Write diverged copies of a few repeat families into the sequences, in place.

    `reserved` has a bool mask per chromosome, True where repeats are not allowed.

    Returns
    -------
    pandas.DataFrame
        Columns repeat, chrom, start, end, strand, family, divergence (substitutions per bp drawn).
    """
    rng = stream(seed, "repeats")
    lengths = np.resize(FAMILY_LENGTHS, genome["repeat_families"])
    consensus = [rng.integers(0, 4, n).astype(np.uint8) for n in lengths]
    names, sizes = list(sequences), np.array([len(s) for s in sequences.values()])
    used = {chrom: mask.copy() for chrom, mask in reserved.items()}
    aim, placed, rows = genome["repeat_fraction"] * sizes.sum(), 0, []
    for _ in range(200 + int(aim)):  # attempts; a dense genome may get fewer copies
        if placed >= aim:
            break
        family = int(rng.integers(len(consensus)))
        copy = consensus[family]
        if len(copy) > 1_000:  # long elements are mostly truncated at their 5' end
            copy = copy[-int(rng.integers(300, len(copy) + 1)) :]
        divergence = float(rng.uniform(0.01, max(genome["repeat_divergence"], 0.01)))
        change = rng.random(len(copy)) < divergence
        copy = np.where(change, (copy + rng.integers(1, 4, len(copy))) % 4, copy).astype(np.uint8)
        strand = "+" if rng.random() < 0.5 else "-"
        chrom = names[int(rng.choice(len(names), p=sizes / sizes.sum()))]
        start = int(rng.integers(0, max(len(sequences[chrom]) - len(copy), 0) + 1))
        place = slice(start, start + len(copy))
        if used[chrom][place].any() or len(sequences[chrom]) < len(copy):
            continue
        sequences[chrom][place] = copy if strand == "+" else reverse_complement(copy)
        used[chrom][place] = True
        placed += len(copy)
        rows.append((chrom, start, start + len(copy), strand, f"family{family + 1}", divergence))
    columns = ["chrom", "start", "end", "strand", "family", "divergence"]
    table = pd.DataFrame(rows, columns=columns).sort_values(["chrom", "start"], ignore_index=True)
    table.insert(0, "repeat", [f"R{i:04d}" for i in range(1, len(table) + 1)])
    return table


def reserved_places(
    chromosomes: dict[str, int],
    genes: pd.DataFrame,
    transcripts: pd.DataFrame,
    *elements: pd.DataFrame,
) -> dict[str, np.ndarray]:
    """Masks of exons, regions around TSS, and the given elements (chrom, start, end)."""
    masks = {chrom: np.zeros(length, dtype=bool) for chrom, length in chromosomes.items()}
    for form in transcripts.itertuples():
        for start, end in exon_list(form):
            masks[form.chrom][start:end] = True
    for chrom, tss in zip(genes.chrom, genes.tss, strict=True):
        masks[chrom][max(tss - KEEP_FREE, 0) : tss + KEEP_FREE] = True
    for table in elements:
        for chrom, start, end in zip(table.chrom, table.start, table.end, strict=True):
            masks[chrom][start:end] = True
    return masks


def write_sites(
    sequences: dict[str, np.ndarray],
    sites: pd.DataFrame,
    motifs: dict[str, Motif],
    rng: np.random.Generator,
) -> np.ndarray:
    """Write motif instances into the sequence, in place, on each site's strand.

    Returns
    -------
    numpy.ndarray, shape (sites,)
        Score in bits of each instance on its strand.
    """
    scores = np.zeros(len(sites))
    for name in motifs:
        rows = np.flatnonzero(sites.motif == name)
        instances = sample_sites(motifs[name], len(rows), rng)
        scores[rows] = score(motifs[name], instances)
        for row, instance in zip(rows, instances, strict=True):
            site = sites.iloc[row]
            written = instance if site.strand == "+" else reverse_complement(instance)
            sequences[site.chrom][site.start : site.end] = written
    return scores
