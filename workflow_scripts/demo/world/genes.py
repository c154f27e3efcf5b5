"""Genes: positions, exons, isoforms, and the annotation as GTF."""

from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path, gzip_writer
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo.world.domains import domain_at
from workflow_scripts.demo.world.randomness import stream

# genes per bp relative to active domains
DENSITY = {"active": 1.0, "inactive": 0.4, "polycomb": 0.5, "heterochromatin": 0.12}
MIN_GENE, MEDIAN_GENE, MAX_GENE, GENE_LOG_SD = 800, 2_600, 20_000, 0.75
GAP = 800  # minimum distance between neighbors, so that promoters do not overlap
BOUNDARY_MARGIN = 1_500  # bp without genes at domain boundaries, for the insulator sites
END_MARGIN = 6_000  # bp without genes at chromosome ends, so that windows of TSS ± 5 kb fit
MIN_INTRON, MIN_EXON, MAX_EXONS = 90, 80, 6
SKIPPED_FRACTION = 0.25  # fraction of genes with a second isoform
PROMOTER = (-300, 50)  # bp from the TSS in the gene's direction: region of motif sites


def make_genes(
    domains: pd.DataFrame, number: int, island_fraction: float, seed: int
) -> pd.DataFrame:
    """Place non-overlapping genes, denser in active domains.

    Returns
    -------
    pandas.DataFrame
        Columns gene, name, chrom, start, end, strand, tss (first transcribed base), domain,
        cpg_island (0 or 1), sorted by position.

    Raises
    ------
    UserError
        The genome is too small for so many genes.
    """
    rng = stream(seed, "genes")
    first = ~domains.chrom.duplicated()
    last = ~domains.chrom.duplicated(keep="last")
    left = domains.start + np.where(first, END_MARGIN, BOUNDARY_MARGIN)
    right = domains.end - np.where(last, END_MARGIN, BOUNDARY_MARGIN)
    room = (right - left).clip(lower=0).to_numpy()
    counts = _allocate(number, room * domains.base.map(DENSITY).to_numpy(), room, rng)
    tables = []
    for row in np.flatnonzero(counts):
        starts, lengths = _lay_out(counts[row], room[row], rng)
        start = left[row] + starts
        part = {"chrom": domains.chrom[row], "start": start, "end": start + lengths}
        tables.append(pd.DataFrame(part).assign(domain=domains.domain[row]))
    genes = pd.concat(tables, ignore_index=True)
    genes.insert(0, "gene", [f"CLG{i:08d}" for i in range(1, number + 1)])
    genes.insert(1, "name", [f"Loom{i:04d}" for i in range(1, number + 1)])
    genes.insert(5, "strand", rng.choice(["+", "-"], number))
    genes.insert(6, "tss", np.where(genes.strand == "+", genes.start, genes.end - 1))
    genes["cpg_island"] = (rng.random(number) < island_fraction).astype(int)
    return genes


def _allocate(number: int, weight: np.ndarray, room: np.ndarray, rng) -> np.ndarray:
    """Distribute genes among domains by weight, at most as many as fit into each."""
    capacity = (room // (MIN_GENE + GAP)).astype(int)
    if number > capacity.sum():
        raise UserError(
            f"config: demo.genes: {number} genes do not fit into demo.chromosomes"
            f" ({room.sum()} bp to place them in); expected: at most {capacity.sum()}"
        )
    counts = np.zeros(len(room), dtype=int)
    while (missing := number - counts.sum()) > 0:
        open_weight = np.where(counts < capacity, weight, 0)
        counts += rng.multinomial(missing, open_weight / open_weight.sum())
        counts = np.minimum(counts, capacity)
    return counts


def _lay_out(number: int, room: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Starts and lengths of the genes of one domain, relative to its usable part."""
    lengths = rng.lognormal(np.log(MEDIAN_GENE), GENE_LOG_SD, number).clip(MIN_GENE, MAX_GENE)
    free = room - number * (GAP + MIN_GENE)  # bp available for lengths above the minimum
    extra = lengths - MIN_GENE
    extra *= min(1.0, 0.8 * free / max(extra.sum(), 1.0))
    lengths = (MIN_GENE + extra).astype(int)
    spare = room - lengths.sum() - number * GAP
    gaps = (rng.dirichlet(np.ones(number + 1))[:-1] * spare).astype(int) + GAP
    starts = gaps.cumsum() + lengths.cumsum() - lengths - GAP // 2
    return starts, lengths


def make_transcripts(genes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Exons of every isoform.

    Returns
    -------
    pandas.DataFrame
        Columns transcript, gene, chrom, start, end, strand, isoform (`full` or `skipped`), length
        (bp, spliced), exon_starts and exon_ends (comma-separated, ascending genome positions).
    """
    rng = stream(seed, "transcripts")
    exons = [_exons(gene.start, gene.end, rng) for gene in genes.itertuples()]
    several = [i for i, (starts, _) in enumerate(exons) if len(starts) >= 3]
    number = min(len(several), round(SKIPPED_FRACTION * len(genes)))
    skipping = {int(i) for i in rng.permutation(several)[:number]}
    rows = []
    for i, gene in enumerate(genes.itertuples()):
        starts, ends = exons[i]
        forms = [("full", starts, ends)]
        if i in skipping:
            keep = np.arange(len(starts)) != rng.integers(1, len(starts) - 1)
            forms.append(("skipped", starts[keep], ends[keep]))
        for isoform, s, e in forms:
            rows.append({
                "gene": gene.gene, "chrom": gene.chrom, "start": gene.start, "end": gene.end,
                "strand": gene.strand, "isoform": isoform, "length": int((e - s).sum()),
                "exon_starts": ",".join(map(str, s)), "exon_ends": ",".join(map(str, e)),
            })  # fmt: skip
    table = pd.DataFrame(rows)
    table.insert(0, "transcript", [f"CLT{i:08d}" for i in range(1, len(table) + 1)])
    return table


def _exons(start: int, end: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Exon starts and ends of one gene: the first starts and the last ends with the gene."""
    length = end - start
    most = min(MAX_EXONS, 1 + (length - 400) // 500)
    number = 1 if length < 1_500 else int(rng.integers(2, max(most, 2) + 1))
    if number == 1:
        return np.array([start]), np.array([end])
    exon = rng.lognormal(np.log(240), 0.45, number).clip(MIN_EXON, 900)
    exon[[0, -1]] += rng.integers(50, 250, 2)  # untranslated regions
    room = length - (number - 1) * MIN_INTRON
    exon = np.maximum(exon * min(1.0, 0.8 * room / exon.sum()), MIN_EXON).astype(int)
    spare = room - exon.sum()
    intron = MIN_INTRON + (rng.dirichlet(np.ones(number - 1)) * spare).astype(int)
    starts = start + np.concatenate([[0], (exon[:-1] + intron).cumsum()])
    ends = starts + exon
    ends[-1] = end  # a few bp remain from rounding
    return starts, ends


def exon_list(transcript) -> list[tuple[int, int]]:
    """Exons (start, end) of a row of the transcripts table, ascending."""
    starts = map(int, str(transcript.exon_starts).split(","))
    return list(zip(starts, map(int, str(transcript.exon_ends).split(",")), strict=True))


def stranded_window(genes: pd.DataFrame, first: int, last: int) -> tuple[pd.Series, pd.Series]:
    """Genomic start and end of the bases first … last - 1 from the TSS, in the gene's direction."""
    plus = genes.strand == "+"
    return (genes.tss + first).where(plus, genes.tss - last + 1), (genes.tss + last).where(
        plus, genes.tss - first + 1
    )


def gene_domains(genes: pd.DataFrame, domains: pd.DataFrame) -> np.ndarray:
    """Row number in `domains` of each gene's TSS."""
    return domain_at(domains, genes.chrom, genes.tss)


def write_gtf(path: str | Path, genes: pd.DataFrame, transcripts: pd.DataFrame) -> None:
    """Write gene, transcript and exon rows in Ensembl's style (1-based, ends included)."""
    by_gene = dict(list(transcripts.groupby("gene", sort=False)))
    with atomic_path(path) as part, gzip_writer(part) as handle:
        for gene in genes.itertuples():
            tail = (
                f'gene_name "{gene.name}"; gene_source "chromaloom"; gene_biotype "protein_coding";'
            )
            head = f'gene_id "{gene.gene}";'
            handle.write(_gtf_line(gene, "gene", gene.start, gene.end, f"{head} {tail}"))
            for form in by_gene[gene.gene].itertuples():
                ids = f'{head} transcript_id "{form.transcript}";'
                line = _gtf_line(gene, "transcript", form.start, form.end, f"{ids} {tail}")
                handle.write(line)
                exons = exon_list(form)
                if gene.strand == "-":  # exons are numbered from the 5' end
                    exons.reverse()
                for number, (start, end) in enumerate(exons, start=1):
                    text = f'{ids} exon_number "{number}"; {tail}'
                    handle.write(_gtf_line(gene, "exon", start, end, text))


def _gtf_line(gene, feature: str, start: int, end: int, attributes: str) -> bytes:
    fields = (gene.chrom, "chromaloom", feature, start + 1, end, ".", gene.strand, ".", attributes)
    return ("\t".join(map(str, fields)) + "\n").encode()
