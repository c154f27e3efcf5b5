"""Join promoters, loops and expression by gene, for all cells of the run."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genes import read_genes
from workflow_scripts.chromaloom.genomics.genome import read_sizes, some
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.data.expression import (
    label_high,
    log_counts,
    quantile_normalize,
    read_counts,
)
from workflow_scripts.deepexpression.data.families import find_families
from workflow_scripts.deepexpression.data.interactions import interaction_vectors, read_loops
from workflow_scripts.deepexpression.data.promoters import (
    check_tss,
    cut_promoters,
    promoter_windows,
    read_promoters,
    read_tss,
)

log = logging.getLogger("chromaloom")


def main(
    *,
    cells: list[str],
    expression_files: list[str],
    with_loops: list[str],
    loop_files: list[str],
    fasta: str,
    genes: str | Sequence[str] | None,
    sizes: str | Sequence[str] | None,
    from_genome: bool,
    half_width: int,
    family_similarity: float,
    hichip: dict,
    resolution: int,
    expression: dict,
    shown_gene: str,
    data: list[str],
    summary: str,
) -> None:
    """Write an `ExpressionData` per cell, and a table of numbers of genes.

    Parameters
    ----------
    cells, expression_files
        Cells, and the expression table of each.
    with_loops, loop_files
        Cells with HiChIP, and the loops of each.
    fasta, from_genome
        The genome that promoters are cut from, or a FASTA file of promoters.
    genes, sizes
        Gene table of the genome, or table of TSS; chromosome lengths. Empty or None if there is
        none: gene coordinates are then unknown.
    half_width, family_similarity, hichip, resolution, expression
        Settings, see the config schema.
    shown_gene
        Gene of Figure 2c, '' for any; checked here, before networks are trained.
    data, summary
        NPZ of each cell; TSV with columns cell, quantity, value.

    Raises
    ------
    UserError
        A table is malformed, the run lacks the shown gene, a TSS lies outside its chromosome, the
        cells have no gene in common, or all expression values are equal.
    """
    counts = {c: read_counts(f) for c, f in zip(cells, expression_files, strict=True)}
    lengths = read_sizes(sizes) if sizes else {}
    have, ready, places = {}, None, None
    if genes:
        places = gene_places(genes, from_genome=from_genome).set_index("gene", drop=False)
        if lengths:
            places = places[places.chrom.isin(list(lengths))]
        have["transcription start site"] = places.index
    if not from_genome:
        ready = read_promoters(fasta, half_width)
        have = {"promoter": pd.Index(list(ready)), **have}
    names = common_genes(counts, have)
    if with_loops and shown_gene and shown_gene not in names:
        raise UserError(
            f"deepexpression.figures.gene: {shown_gene!r} is not among the run's {len(names)}"
            f" genes; expected: one of them, such as {names[0]!r}, or empty; fix: correct the name"
        )
    if places is None:
        places = pd.DataFrame(
            {"gene": names, "symbol": names, "chrom": "", "tss": -1, "strand": ""}
        )
    else:
        places = places.loc[names].reset_index(drop=True)
    if lengths and genes:
        check_tss(places, lengths, genes)
    if from_genome:
        promoters, padded = cut_promoters(fasta, places, half_width)
        log.info(
            "%d of %d promoters extend beyond their chromosome and are padded with N",
            padded.sum(), len(names),
        )  # fmt: skip
    else:
        promoters, padded = np.stack([ready[name] for name in names]), np.zeros(len(names), bool)
    family = find_families(
        places.symbol.to_numpy(str), promoters, promoter_windows(places, half_width),
        min_similarity=family_similarity,
    )  # fmt: skip
    logged = np.column_stack(
        [log_counts(counts[cell].loc[names], expression["pseudocount"]) for cell in cells]
    )
    values = quantile_normalize(logged) if expression["quantile_normalize"] else logged
    loops = dict(zip(with_loops, loop_files, strict=True))
    rows = []
    for number, cell in enumerate(cells):
        vectors, n_loops, beyond = np.zeros((len(names), 0), np.float32), np.zeros(len(names)), []
        if cell in loops:
            vectors, n_loops, beyond = interaction_vectors(
                read_loops(loops[cell], lengths, resolution), places, lengths,
                resolution=resolution, **hichip,
            )  # fmt: skip
            log.info("%s: %d genes have loops; %d windows extend beyond their chromosome and are"
                     " padded with zeros", cell, (n_loops > 0).sum(), beyond.sum())  # fmt: skip
        # labels from the cell's own counts: rounding could make normalized values differ
        label = label_high(logged[:, number], cell)
        ExpressionData(
            genes=np.array(names, str),
            chrom=places.chrom.to_numpy(str),
            tss=places.tss.to_numpy(np.int64),
            strand=places.strand.to_numpy(str),
            promoters=promoters,
            hichip=vectors,
            loops=np.asarray(n_loops, np.int32),
            counts=counts[cell].loc[names].to_numpy(),
            expression=values[:, number],
            label=label,
            family=family,
            half_width=half_width,
            resolution=resolution,
        ).save(data[number])
        quantities = {
            "genes_with_expression": len(counts[cell]),
            "genes": len(names),
            "promoters_padded": int(padded.sum()),
            "families": int(family.max()) + 1,
            "genes_in_families": int((np.bincount(family)[family] > 1).sum()),
            "genes_high": int(label.sum()),
            "genes_without_reads": int((counts[cell].loc[names] == 0).sum()),
            "genes_with_loops": int(np.sum(n_loops > 0)),
            "windows_padded": int(np.sum(beyond)),
        }
        rows += [(cell, quantity, value) for quantity, value in quantities.items()]
    table = pd.DataFrame(rows, columns=["cell", "quantity", "value"])
    with atomic_path(summary) as temporary:
        table.to_csv(temporary, sep="\t", index=False)
    log.info("%d genes, %d families, in %s", len(names), family.max() + 1, ", ".join(cells))


def gene_places(path: str, *, from_genome: bool) -> pd.DataFrame:
    """Table with gene, symbol, chrom, tss and strand, from a genome's annotation or a TSS table."""
    if not from_genome:
        found = read_tss(path)
        return found.assign(symbol=found.gene)
    found = read_genes(path).rename(columns={"gene_id": "gene", "gene_name": "symbol"})
    return found[["gene", "symbol", "chrom", "tss", "strand"]]


def common_genes(counts: dict[str, pd.Series], have: dict[str, pd.Index]) -> list[str]:
    """Genes that all cells and all sources have, in the order of the last source.

    Logs how many of the cells' genes each source lacks.

    Raises
    ------
    UserError
        There is no such gene.
    """
    genes = pd.Index(list(have.values())[-1])
    for cell, values in counts.items():
        genes = genes[genes.isin(values.index)]
        for source, names in have.items():
            absent = values.index[~values.index.isin(names)]
            if len(absent):
                log.warning("%s: %d of %d genes have no %s (%s)", cell, len(absent),
                            len(values), source, some(absent))  # fmt: skip
    for names in have.values():
        genes = genes[genes.isin(names)]
    if not len(genes):
        first = next(iter(counts.values())).index
        raise UserError(
            f"cells {', '.join(counts)}: no gene has both expression in all cells and"
            f" {' and '.join(have)} ({some(first)} against {some(list(have.values())[-1])});"
            " expected: the same gene names in all files; fix: use files with one naming of genes"
        )
    return list(genes)


if __name__ == "__main__":
    run_script(main, snakemake)
