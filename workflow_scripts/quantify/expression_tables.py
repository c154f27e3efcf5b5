"""Readers of expression tables: gene_id, value, unit, est_counts, tpm; one row per gene."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genes import gtf_names, read_genes
from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.io.files import open_text
from workflow_scripts.chromaloom.workflow.assays import matrix_unit
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.quantify.plan import STRANDS

log = logging.getLogger("chromaloom")
SALMON = ("Name", "NumReads", "TPM")
STAR_SUMMARY = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
# Beginnings of tables that have kinds of their own
OTHER_TABLES = (
    ("N_unmapped\t", "STAR", "star_counts"),
    ("Name\tLength\t", "salmon", "salmon_quant"),
)
# Fractions of a library's reads on one strand; stranded libraries have 0.9 or more
MIN_STRANDED, MAX_UNSTRANDED = 0.8, 0.65


def read_abundance(path: str | Path, transcripts: str | Path, value: str) -> pd.DataFrame:
    """Sum kallisto's transcripts per gene.

    Both est_counts and tpm add up over the isoforms of a gene (Soneson et al. 2015,
    F1000Research 4:1521). Transcripts without a gene are left out and counted in the log.

    Parameters
    ----------
    path
        kallisto's abundance.tsv.
    transcripts
        Table with transcript_id and gene_id.
    value
        `tpm` or `counts`.

    Raises
    ------
    UserError
        No transcript of the table has a gene.
    """
    table = pd.read_csv(path, sep="\t", dtype={"target_id": str}, keep_default_na=False)
    genes = read_genes(transcripts).set_index("transcript_id").gene_id
    return _sum_by_gene(table, genes, path, transcripts, value)


def _sum_by_gene(
    table: pd.DataFrame, genes: pd.Series, path: str | Path, transcripts: str | Path, value: str
) -> pd.DataFrame:
    """Sum target_id, est_counts, tpm over the transcripts of each gene; `genes` by transcript."""
    table["gene_id"] = table.target_id.map(genes)
    orphans = table.gene_id.isna()
    if orphans.all():
        raise UserError(
            f"{path}: none of its transcripts ({some(table.target_id)}) has a gene in {transcripts}"
        )
    if orphans.any():
        log.warning(
            "%s: %d transcripts without gene are left out, with %.0f of %.0f reads",
            path, orphans.sum(), table.est_counts[orphans].sum(), table.est_counts.sum(),
        )  # fmt: skip
    sums = table[~orphans].groupby("gene_id")[["est_counts", "tpm"]].sum().reset_index()
    return sums.assign(value=sums["tpm" if value == "tpm" else "est_counts"], unit=value)


def read_salmon(path: str | Path, transcripts: str | Path, value: str) -> pd.DataFrame:
    """Sum salmon's transcripts (quant.sf) per gene, as `read_abundance` those of kallisto.

    Names are those of the GTF, with or without version; of GENCODE's names the part before `|`.

    Parameters
    ----------
    path
        quant.sf: Name, Length, EffectiveLength, TPM, NumReads.
    transcripts
        Table with transcript_id and gene_id.
    value
        `tpm` or `counts`.

    Raises
    ------
    UserError
        Not such a table, a value that is not a number ≥ 0, a repeated name, or no transcript of it
        has a gene.
    """
    rows = [line.split("\t") for line in _lines(path)]
    if lacking := [name for name in SALMON if name not in rows[0]]:
        raise UserError(
            f"{path}: no column {lacking[0]!r}; available: {some(rows[0], 8)}; expected: salmon's"
            " quant.sf"
        )
    wide = next((n for n, row in enumerate(rows) if len(row) != len(rows[0])), None)
    if wide is not None:
        raise UserError(
            f"{path}: line {wide + 1} has {len(rows[wide])} columns, the header {len(rows[0])}"
        )
    columns = {name: [row[rows[0].index(name)] for row in rows[1:]] for name in SALMON}
    numbers = {name: _numbers(columns[name]) for name in SALMON[1:]}
    for name, values in numbers.items():
        _refuse_values(path, values, columns[name], 2)
    _refuse_nameless(path, columns["Name"], 2)
    known = read_genes(transcripts).set_index("transcript_id").gene_id
    names = pd.Series([name.split("|")[0] for name in columns["Name"]], dtype=str)
    if (twice := names.duplicated()).any():
        raise UserError(
            f"{path}: line {int(np.argmax(twice)) + 2}: transcript {names[twice].iloc[0]!r} occurs"
            " twice; expected: once"
        )
    found = names.map(gtf_names(names, set(known.index)))
    table = pd.DataFrame(
        {"target_id": found, "est_counts": numbers["NumReads"], "tpm": numbers["TPM"]}
    )
    return _sum_by_gene(table, known, path, transcripts, value)


def read_star_counts(path: str | Path, strand: str = "") -> pd.DataFrame:
    """Read one column of STAR's ReadsPerGene.out.tab.

    Its columns are gene, and the counts of reads as unstranded, with the first read on the
    transcript's strand (`forward`), and on the other one (`reverse`, as in dUTP libraries). The log
    names the column.

    Parameters
    ----------
    path
        ReadsPerGene.out.tab.
    strand
        unstranded, forward or reverse; '' to find it by the reads in genes: with `MIN_STRANDED` of
        them on one strand, this one; with at most `MAX_UNSTRANDED` unstranded.

    Raises
    ------
    UserError
        Other than four columns, a value that is not a number ≥ 0, no reads in genes, or a
        strandedness that cannot be found.
    """
    lines = _lines(path)
    rows = [line.split("\t") for line in lines]
    wide = next((n for n, row in enumerate(rows) if len(row) != 4), None)
    if wide is not None:
        raise UserError(
            f"{path}: line {wide + 1} has {len(rows[wide])} columns; expected: 4 (STAR's"
            " ReadsPerGene.out.tab: gene, unstranded, forward, reverse)"
        )
    counts = {}
    for number, name in enumerate(STRANDS, start=1):
        texts = [row[number] for row in rows]
        counts[name] = _numbers(texts)
        _refuse_values(path, counts[name], texts, 1)
    genes = [row[0].strip().strip('"') for row in rows]
    _refuse_nameless(path, genes, 1)
    table = pd.DataFrame({"gene_id": genes, **counts})
    table = table[~table.gene_id.isin(STAR_SUMMARY)]
    forward, reverse = table.forward.sum(), table.reverse.sum()
    if not forward + reverse:
        raise UserError(f"{path}: no read is in a gene; expected: counts of genes")
    share = max(forward, reverse) / (forward + reverse)
    how = "as the run sheet's file2 says"
    if not strand:
        if MAX_UNSTRANDED < share < MIN_STRANDED:
            raise UserError(
                f"{path}: {forward:.0f} reads are on the transcripts' strand, {reverse:.0f} on the"
                f" other, neither like a stranded nor like an unstranded library; expected: at"
                f" least {MIN_STRANDED:.0%} on one, or at most {MAX_UNSTRANDED:.0%}; fix: put"
                f" {', '.join(STRANDS)} as file2 into the run sheet"
            )
        strand = "forward" if forward > reverse else "reverse"
        strand = "unstranded" if share <= MAX_UNSTRANDED else strand
        how = "found by the reads in genes"
    log.info(
        "%s: column %s, %s: %.0f reads forward, %.0f reverse", path, strand, how, forward, reverse
    )
    table = table.reset_index(drop=True)
    return _finish(table[["gene_id"]].assign(value=table[strand]), path, "counts")


def read_gene_counts(path: str | Path) -> pd.DataFrame:
    """Read genes and counts from two columns (tab, comma or blank; header or none; gzip or plain).

    HTSeq's summary rows (`__no_feature` …) are left out.

    Raises
    ------
    UserError
        Other than two columns, or a count that is not a number ≥ 0.
    """
    lines = _lines(path)
    for start, tool, kind in OTHER_TABLES:
        if lines[0].startswith(start):
            raise UserError(
                f"{path}: this looks like a table of {tool} ({lines[0][:40]!r}); expected: gene and"
                f" count; fix: give the run kind {kind}"
            )
    separator = next((s for s in ("\t", ",") if s in lines[0]), None)
    rows = [line.split(separator) for line in lines]
    wide = next((n for n, row in enumerate(rows) if len(row) != 2), None)
    if wide is not None:
        raise UserError(
            f"{path}: line {wide + 1} has {len(rows[wide])} columns; expected: gene and count"
        )
    if rows[0][1].strip() and np.isnan(_numbers([rows[0][1]]))[0]:
        rows = rows[1:]  # the header
        first = 2
    else:
        first = 1
    rows = [(gene.strip().strip('"'), count) for gene, count in rows]
    values = _numbers([count for _, count in rows])
    _refuse_values(path, values, [count for _, count in rows], first)
    _refuse_nameless(path, [gene for gene, _ in rows], first)
    table = pd.DataFrame({"gene_id": [gene for gene, _ in rows], "value": values})
    return _finish(table[~table.gene_id.str.startswith("__")], path, "counts")


def read_matrix_column(path: str | Path, column: str) -> pd.DataFrame:
    """Read one cell's column of a TSV whose first column is gene_id.

    The unit is taken from the file's name (rpkm, fpkm, tpm, counts), else `unstated`.

    If the header has one column less than the rows and starts with gene_id, the last column has no
    name and is left out (the Roadmap table, whose rows end in a tab); otherwise the gene column has
    no name, as in tables written by R.

    Raises
    ------
    UserError
        No such column, rows of different widths, values that are not numbers ≥ 0.
    """
    lines = _lines(path)
    header = [name.strip().strip('"') for name in lines[0].split("\t")]
    rows = [line.split("\t") for line in lines[1:]]
    width = len(rows[0]) if rows else 0
    odd = next((n for n, row in enumerate(rows) if len(row) != width), None)
    if not rows or odd is not None or width - len(header) not in (0, 1):
        line = 2 if odd is None else odd + 2
        found = len(rows[line - 2]) if rows else 0
        raise UserError(
            f"{path}: line {line} has {found} columns, the header {len(header)}; expected: a"
            " tab-separated table with gene_id and one column per cell"
        )
    if header[0] != "gene_id":
        if width == len(header):
            raise UserError(f"{path}: first column is {header[0]!r}; expected: gene_id")
        header = ["gene_id", *header]
        log.warning("%s: the header lacks the name of the first column; using gene_id", path)
    elif width > len(header):
        log.warning("%s: the header is one column short; the last column is left out", path)
    if column not in header[1:]:
        raise UserError(
            f"{path}: no column {column!r} (run sheet, file2); available: {some(header[1:], 8)}"
        )
    place = header.index(column)
    texts = [row[place] for row in rows]
    values = _numbers(texts)
    _refuse_values(path, values, texts, 2)
    genes = [row[0].strip().strip('"') for row in rows]
    _refuse_nameless(path, genes, 2)
    table = pd.DataFrame({"gene_id": genes, "value": values})
    return _finish(table, path, matrix_unit(path))


def _lines(path: str | Path) -> list[str]:
    try:
        with open_text(path) as handle:
            lines = [line.rstrip("\r\n") for line in handle]
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not a readable table: {error}") from None
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise UserError(f"{path}: the table is empty")
    return lines


def _numbers(texts: list[str]) -> np.ndarray:
    """Parse text as float64, NaN where it is not a number."""
    # not pandas.to_numeric, which may differ in the last digit
    return np.array([_number(text) for text in texts], dtype=float)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def _refuse_values(path: str | Path, values: np.ndarray, texts: list[str], first: int) -> None:
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(bad):
        raise UserError(
            f"{path}: line {bad[0] + first}: value {texts[bad[0]]!r}; expected: a number ≥ 0"
        )


def _refuse_nameless(path: str | Path, names: list[str], first: int) -> None:
    """Refuse a row without a name; `first` is the line of the first row."""
    if "" in (stripped := [name.strip() for name in names]):
        raise UserError(
            f"{path}: line {stripped.index('') + first} has no gene or transcript; expected: its"
            " name; fix: correct or remove the row"
        )


def _finish(table: pd.DataFrame, path: str | Path, unit: str) -> pd.DataFrame:
    """Keep the first row of duplicate genes; the log has their number."""
    again = table.gene_id.duplicated()
    if again.any():
        log.warning("%s: %d rows repeat a gene; the first row of each counts", path, again.sum())
    table = table[~again].reset_index(drop=True)
    return table.assign(unit=unit, est_counts=np.nan, tpm=np.nan)
