"""Expression of each gene in a cell: transcripts summed, replicates averaged."""

import logging
from collections.abc import Sequence

import pandas as pd

from workflow_scripts.chromaloom.genomics.genes import read_genes
from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.quantify.expression_tables import (
    read_abundance,
    read_gene_counts,
    read_matrix_column,
    read_salmon,
    read_star_counts,
)

log = logging.getLogger("chromaloom")
COLUMNS = ["gene_id", "value", "unit", "est_counts", "tpm"]


def main(
    *,
    cell: str,
    kind: str,
    samples: list[str],
    files: list[str],
    columns: list[str],
    transcripts: list[str],
    value: str,
    genes: Sequence[str] = (),
    biotypes: Sequence[str] = (),
    out: str,
) -> None:
    """Write gene_id, value, unit, est_counts, tpm, ordered by gene_id.

    Parameters
    ----------
    cell
        Name, for messages.
    kind
        Kind of `files`: fastq or bam (tables of transcripts), salmon_quant, star_counts,
        gene_counts, expression_matrix.
    samples, files
        Sample and table of each replicate.
    columns
        Column of each replicate; for matrices, and the strand of STAR's counts.
    transcripts
        Table of transcripts and genes; for reads and salmon.
    value
        Content of column `value`, tpm or counts; for reads and salmon. `est_counts` and `tpm`
        are empty for other tables.
    genes, biotypes
        Gene table, and the biotypes of the genes to keep; without a gene table all are kept.
    out
        TSV to write.

    Raises
    ------
    UserError
        A malformed table, an unknown column, replicates without a common gene, or no gene of the
        biotypes.
    """
    tables = []
    for number, file in enumerate(files):
        if kind in ("fastq", "bam"):
            tables.append(read_abundance(file, transcripts[number], value))
        elif kind == "salmon_quant":
            tables.append(read_salmon(file, transcripts[number], value))
        elif kind == "star_counts":
            tables.append(read_star_counts(file, columns[number]))
        elif kind == "gene_counts":
            tables.append(read_gene_counts(file))
        else:
            tables.append(read_matrix_column(file, columns[number]))
    table = average(cell, samples, tables)
    if genes:
        table = select_biotypes(table, genes[0], biotypes, cell)
    with atomic_path(out) as temporary:
        table.to_csv(temporary, sep="\t", index=False, columns=COLUMNS)  # all digits
    log.info("%s: %d genes, %s, of %d tables", cell, len(table), table.unit.iloc[0], len(tables))


def average(cell: str, samples: list[str], tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Mean of the replicates over the genes that all of them have."""
    units = [table.unit.iloc[0] for table in tables]
    if len(set(units)) > 1:
        raise UserError(
            f"cell {cell!r}: samples {', '.join(samples)} are in units {', '.join(units)};"
            " expected: one unit per cell"
        )
    every = pd.concat(tables, ignore_index=True)
    present = every.groupby("gene_id").gene_id.transform("size") == len(tables)
    if absent := every[~present].gene_id.nunique():
        log.warning("%s: %d genes are not in all replicates and are left out", cell, absent)
    if not present.any():
        raise UserError(f"cell {cell!r}: samples {', '.join(samples)} have no gene in common")
    means = every[present].groupby("gene_id")[["value", "est_counts", "tpm"]].mean()
    return means.reset_index().assign(unit=units[0])


def select_biotypes(
    table: pd.DataFrame, genes: str, biotypes: Sequence[str], cell: str
) -> pd.DataFrame:
    """Keep the genes that the gene table lists with one of the biotypes; TPM are not rescaled.

    Raises
    ------
    UserError
        The gene table has no such biotype, or shares no such gene with the expression.
    """
    known = read_genes(genes).set_index("gene_id").biotype
    selected = known[known.isin(biotypes)]
    if selected.empty:
        counts = known[known != ""].value_counts()
        raise UserError(
            f"{genes}: no gene has a biotype of genes.biotypes ({', '.join(biotypes)});"
            f" available: {some(counts.index, 8) or 'none, since the GTF has no biotypes'};"
            " fix: correct or empty genes.biotypes"
        )
    kept = table.gene_id.isin(selected.index)
    if not kept.any():
        raise UserError(
            f"cell {cell!r}: none of its genes ({some(table.gene_id)}) is one of {len(selected)}"
            f" genes of genes.biotypes in {genes} ({some(selected.index)}); expected: the same"
            " identifiers in both; fix: another GTF or table, or empty genes.biotypes"
        )
    log.info(
        "%s: %d of %d genes are %s; %d of the others are in no row of %s", cell, kept.sum(),
        len(table), ", ".join(biotypes), (~table.gene_id.isin(known.index)).sum(), genes,
    )  # fmt: skip
    return table[kept]


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        files=list(snakemake.input.tables),
        transcripts=list(snakemake.input.get("transcripts", [])),
        genes=list(snakemake.input.get("genes", [])),
        out=snakemake.output.table,
    )
