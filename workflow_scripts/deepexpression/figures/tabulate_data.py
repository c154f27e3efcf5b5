"""Tabulate the data of every cell (Table 1), and loops and expression by gene (Figure 2)."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.evaluation.scores import pearson

log = logging.getLogger("chromaloom")

QUALITY = ("pairs", "mapped", "duplicates", "valid", "cis", "trans")


def gene_table(data: ExpressionData) -> pd.DataFrame:
    """Table with gene, loops (number), loop_sum (of the HiChIP vector), expression and label."""
    return pd.DataFrame({
        "gene": data.genes,
        "loops": data.loops,
        "loop_sum": data.hichip.sum(axis=1, dtype="float64"),
        "expression": data.expression,
        "label": data.label,
    })  # fmt: skip


def summarize(data: ExpressionData, loops: pd.DataFrame | None) -> list[tuple[str, float, int]]:
    """Quantities of a cell: name, value, and number of genes or loops.

    loop_sum_r and loop_number_r are Pearson correlations with expression over all genes
    (Zeng 2018, Figure 2), with log10 p; cells without HiChIP do not have them.
    """
    genes, n = gene_table(data), len(data.genes)
    found = [
        ("genes", n, n),
        ("genes_high", int(data.label.sum()), n),
        ("genes_unexpressed", int((data.counts == 0).sum()), n),
        ("genes_in_families", int((np.bincount(data.family)[data.family] > 1).sum()), n),
        ("expression_median", float(np.median(data.expression)), n),
        ("promoter_bp", data.promoters.shape[1], n),
    ]
    if not data.hichip.shape[1]:
        return found
    found += [
        ("hichip_bins", data.hichip.shape[1], n),
        ("genes_with_loops", int((data.loops > 0).sum()), n),
    ]
    for name, column in (("loop_sum", genes.loop_sum), ("loop_number", genes.loops)):
        r, log10_p = pearson(column.to_numpy("float64"), data.expression)
        found += [(f"{name}_r", r, n), (f"{name}_r_log10_p", log10_p, n)]
    if loops is not None:
        ends = loops.start2 - loops.start1
        found.append(("loops", len(loops), len(loops)))
        if len(loops):
            found.append(("loop_distance_median", float(ends.median()), len(loops)))
    return found


def replicate_counts(quality: pd.DataFrame, samples: list[str]) -> list[tuple[str, float, int]]:
    """Sums over a cell's HiChIP samples of the available columns of quality.tsv."""
    own = quality[quality["sample"].isin(samples)]
    found = [("hichip_samples", len(samples), len(samples))] if samples else []
    for name in QUALITY:
        if name in own and own[name].notna().any():
            found.append((f"hichip_{name}", own[name].sum(), len(own)))
    return found


def main(
    datasets: dict[str, str],
    loops: dict[str, str],
    *,
    quality: str | Sequence[str],
    hichip: dict[str, list[str]],
    rna: dict[str, int],
    summary: str,
    genes: str,
) -> None:
    """Write the quantities of all cells, and a table of their genes.

    Parameters
    ----------
    datasets, loops
        Data by cell; loop tables by cell with HiChIP.
    quality
        Numbers of pairs by HiChIP sample, or empty.
    hichip, rna
        HiChIP samples, and number of RNA-seq samples, by cell.
    summary, genes
        Outputs: columns cell, quantity, value, n; columns cell and those of `gene_table`.
    """
    pairs = pd.read_csv(quality, sep="\t", dtype={"sample": str}) if quality else None
    rows, tables = [], []
    for cell, path in datasets.items():
        own = ExpressionData.load(path)
        table = pd.read_csv(loops[cell], sep="\t") if cell in loops else None
        found = [*summarize(own, table), ("rna_samples", rna[cell], rna[cell])]
        if pairs is not None:
            found += replicate_counts(pairs, hichip.get(cell, []))
        rows += [dict(cell=cell, quantity=q, value=v, n=n) for q, v, n in found]
        tables.append(gene_table(own).assign(cell=cell))
        log.info("%s: %s", cell, ", ".join(f"{q} {v:g}" for q, v, _ in found))
    write_table(pd.DataFrame(rows), summary, float_format="%.8g")
    write_table(pd.concat(tables), genes, float_format="%.6g")


if __name__ == "__main__":
    run_script(main, snakemake)
