"""Join promoters, loops and expression by gene, for all cells of the run."""

import logging

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
    quantile_normalise,
    read_counts,
)
from workflow_scripts.deepexpression.data.families import find_families
from workflow_scripts.deepexpression.data.interactions import interaction_vectors, read_loops
from workflow_scripts.deepexpression.data.promoters import (
    check_places,
    cut_promoters,
    read_promoters,
    read_starts,
)

log = logging.getLogger("chromaloom")


def gene_places(path: str, *, table: str) -> pd.DataFrame:
    """Genes with gene, symbol, chrom, tss, strand: of a genome's annotation, or of a TSS table."""
    if table == "starts":
        found = read_starts(path)
        return found.assign(symbol=found.gene)
    found = read_genes(path).rename(columns={"gene_id": "gene", "gene_name": "symbol"})
    return found[["gene", "symbol", "chrom", "tss", "strand"]]


def common_genes(counts: dict[str, pd.Series], have: dict[str, pd.Index]) -> list[str]:
    """Genes that all cells and all sources have, in the order of the last source.

    How many genes of the cells each source lacks stands in the log.

    Raises
    ------
    UserError
        There is none.
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
            f"cells {', '.join(counts)}: no gene with expression in all and with"
            f" {' and '.join(have)}: {some(first)} against"
            f" {some(list(have.values())[-1])}"
        )
    return list(genes)


def main(
    *,
    cells: list[str],
    expression_files: list[str],
    with_loops: list[str],
    loop_files: list[str],
    fasta: str,
    genes: str | None,
    sizes: str | None,
    cut: bool,
    half_width: int,
    hichip: dict,
    resolution: int,
    expression: dict,
    data: list[str],
    summary: str,
) -> None:
    """Write one `ExpressionData` per cell, and a table of what came in and was left out.

    Parameters
    ----------
    cells, expression_files
        Cells, and the expression table of each.
    with_loops, loop_files
        Those that have HiChIP, and the loops of each.
    fasta, cut
        The genome, from which promoters are cut, or a FASTA of promoters.
    genes, sizes
        Gene table of the genome or table of transcription starts; lengths of chromosomes. None
        where there is none: places of genes are then unknown.
    half_width, hichip, resolution, expression
        Settings; see the config's schema.
    data, summary
        NPZ of each cell, and TSV with cell, quantity, value.

    Raises
    ------
    UserError
        A malformed table, a transcription start outside its chromosome, no gene in common,
        expression that is all equal.
    """
    counts = {c: read_counts(f) for c, f in zip(cells, expression_files, strict=True)}
    lengths = read_sizes(sizes) if sizes else {}
    have, ready, places = {}, None, None
    if genes:
        places = gene_places(genes, table="genes" if cut else "starts").set_index(
            "gene", drop=False
        )
        if lengths:
            places = places[places.chrom.isin(list(lengths))]
        have["transcription start"] = places.index
    if not cut:
        ready = read_promoters(fasta, half_width)
        have = {"promoter": pd.Index(list(ready)), **have}
    names = common_genes(counts, have)
    if places is None:
        places = pd.DataFrame(
            {"gene": names, "symbol": names, "chrom": "", "tss": -1, "strand": ""}
        )
    else:
        places = places.loc[names].reset_index(drop=True)
    if lengths and genes:
        check_places(places, lengths, genes)
    if cut:
        promoters, padded = cut_promoters(fasta, places, half_width)
        log.info(
            "%d of %d promoters leave their chromosome: padded with N", padded.sum(), len(names)
        )
    else:
        promoters, padded = np.stack([ready[name] for name in names]), np.zeros(len(names), bool)
    family = find_families(places.symbol.to_numpy(str), promoters)
    logged = np.column_stack(
        [log_counts(counts[cell].loc[names], expression["pseudocount"]) for cell in cells]
    )
    values = quantile_normalise(logged) if expression["quantile"] else logged
    loops = dict(zip(with_loops, loop_files, strict=True))
    rows = []
    for number, cell in enumerate(cells):
        vectors, ends, beyond = np.zeros((len(names), 0), np.float32), np.zeros(len(names)), []
        if cell in loops:
            vectors, ends, beyond = interaction_vectors(
                read_loops(loops[cell], lengths, resolution), places, lengths,
                resolution=resolution, **hichip,
            )  # fmt: skip
            log.info("%s: %d genes have loops, %d windows leave their chromosome: zeros there",
                     cell, (ends > 0).sum(), beyond.sum())  # fmt: skip
        # labels come from what was counted: normalised values of two cells may round apart
        label = label_high(logged[:, number], cell)
        ExpressionData(
            genes=np.array(names, str),
            chrom=places.chrom.to_numpy(str),
            tss=places.tss.to_numpy(np.int64),
            strand=places.strand.to_numpy(str),
            promoters=promoters,
            hichip=vectors,
            loops=np.asarray(ends, np.int32),
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
            "genes_with_loops": int(np.sum(ends > 0)),
            "windows_padded": int(np.sum(beyond)),
        }
        rows += [(cell, quantity, value) for quantity, value in quantities.items()]
    table = pd.DataFrame(rows, columns=["cell", "quantity", "value"])
    with atomic_path(summary) as temporary:
        table.to_csv(temporary, sep="\t", index=False)
    log.info("%d genes, %d families, in %s", len(names), family.max() + 1, ", ".join(cells))


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        expression=snakemake.params.expression,
        expression_files=list(snakemake.input.expression),
        loop_files=list(snakemake.input.loops),
        genes=snakemake.input.get("genes") or None,
        sizes=snakemake.input.get("sizes") or None,
    )
