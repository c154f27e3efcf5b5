"""Genes and transcripts of a GTF, and checks that they match a genome.

Coordinates are 0-based half-open bp.
"""

import gzip
import logging
import re
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import match_chromosomes, some
from workflow_scripts.chromaloom.genomics.loci import split_loci
from workflow_scripts.chromaloom.genomics.positions import whole_numbers
from workflow_scripts.chromaloom.io.files import open_text
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
FIELDS = ["chrom", "source", "feature", "start", "end", "score", "strand", "frame", "attributes"]
USED = ["chrom", "feature", "start", "end", "strand", "attributes"]
FEATURES = ("gene", "transcript", "exon")
# Ensembl writes gene_biotype, GENCODE gene_type
ATTRIBUTES = {
    "gene_id": "gene_id",
    "transcript_id": "transcript_id",
    "gene_name": "gene_name",
    "biotype": "gene_(?:bio)?type",
    "exon_number": "exon_number",
}
CHUNK = 200_000
# Versions of Ensembl's and RefSeq's names only: in others, .N tells isoforms (AT1G01010.1) and
# clones (RP11-34P13.7) apart. _N follows the version in GENCODE's files that were lifted to hg19.
VERSION = re.compile(r"^(ENS[A-Z]*\d+|[NX][MRP]_\d+)\.\d+(?:_\d+)?(?=$|_PAR_Y$)")
GENE_COLUMNS = ["gene_id", "gene_name", "chrom", "start", "end", "strand", "tss", "n_transcripts"]
GENE_COLUMNS += ["biotype"]
TRANSCRIPT_COLUMNS = ["transcript_id", "gene_id", "chrom", "start", "end", "strand", "length"]
TRANSCRIPT_COLUMNS += ["n_exons"]


def read_gtf(path: str | Path, *, prefix: str = "", strip_versions: bool = False) -> pd.DataFrame:
    """Read the rows of genes, transcripts and exons.

    Parameters
    ----------
    path
        GTF, gzip or plain.
    prefix
        Prefix added to each chromosome name.
    strip_versions
        Drop the versions of Ensembl's and RefSeq's ids, as `without_version`.

    Returns
    -------
    pandas.DataFrame
        chrom, feature, start, end (int64), strand, gene_id, transcript_id, gene_name, biotype,
        exon_number (str); absent attributes are ''. Rows are in the file's order.

    Raises
    ------
    UserError
        Not a GTF, no usable row, or a row with invalid values; with file and line.
    """
    try:
        with open_text(path) as handle:
            chunks = pd.read_csv(
                handle, sep="\t", names=FIELDS, usecols=USED, dtype=str, keep_default_na=False,
                quoting=3, skip_blank_lines=False, chunksize=CHUNK,
            )  # fmt: skip
            parts = [_parse(chunk, path) for chunk in chunks]
    except pd.errors.EmptyDataError:
        parts = []
    except (EOFError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise UserError(f"{path}: not a readable GTF: {error}") from None
    gtf = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if gtf.empty:
        raise UserError(f"{path}: no row of feature gene, transcript or exon; a GTF has them")
    gtf["chrom"] = prefix + gtf.chrom
    if strip_versions:
        for column in ("gene_id", "transcript_id"):
            gtf[column] = _without_versions(gtf[column], path)
    log.info("%s: %d rows of genes, transcripts and exons", path, len(gtf))
    return gtf


def read_annotation(
    path: str | Path,
    sizes: dict[str, int],
    *,
    prefix: str,
    strip_versions: bool,
    names: tuple[str, str],
) -> pd.DataFrame:
    """Read a GTF's rows on the genome, with a name of its own for every locus.

    Parameters
    ----------
    path, prefix, strip_versions
        As `read_gtf`.
    sizes
        Length of each chromosome, bp.
    names
        FASTA and assembly, for messages.
    """
    rows = read_gtf(path, prefix=prefix, strip_versions=strip_versions)
    return split_loci(fit_to_genome(rows, sizes, names=(str(path), *names)))


def without_version(name: str) -> str:
    """Drop the version of an Ensembl or RefSeq name; other names and _PAR_Y are kept.

    `ENSG00000003.10` becomes `ENSG00000003` and `NM_000014.4` `NM_000014`; `AT1G01010.1` (an
    isoform) and `RP11-34P13.7` (a clone) are names without version.
    """
    return VERSION.sub(r"\1", name)


def gtf_names(names: Iterable[str], ids: set[str]) -> dict[str, str]:
    """Find the names of another file in a GTF.

    A name that the GTF lacks is looked up without its version, then without any last `.N`, unless
    two names would become one by this. A name that is found in neither way stands for itself.

    Parameters
    ----------
    names
        Transcripts of a FASTA or a table.
    ids
        Transcripts of the GTF.

    Returns
    -------
    dict
        Name → name in the GTF.
    """
    found = {name: name for name in names}
    for shorten in (without_version, lambda name: name.rpartition(".")[0]):
        absent = [name for name, new in found.items() if new not in ids]
        counts = Counter(map(shorten, absent)) + Counter(n for n in found.values() if n in ids)
        for name in absent:
            if (new := shorten(name)) in ids and counts[new] == 1:
                found[name] = new
    return found


def _without_versions(names: pd.Series, path: str | Path) -> pd.Series:
    """Drop versions; the log has the number of names that become one by this."""
    given = names.unique()
    bare = pd.Series(given, index=given).map(without_version)
    if merged := len(given) - bare.nunique():
        log.warning(
            "%s: %d %ss are versions of another one and count as it, as %s",
            path, merged, names.name, some(bare[bare.duplicated(keep=False)].index),
        )  # fmt: skip
    return names.map(bare)


def _parse(chunk: pd.DataFrame, path: str | Path) -> pd.DataFrame:
    """Select the rows of one chunk, and parse numbers and attributes."""
    chunk = chunk[~chunk.chrom.str.startswith("#") & (chunk.chrom + chunk.feature != "")]
    _refuse_row(chunk, chunk.attributes == "", path, "fewer than 9 columns, separated by tabs")
    rows = chunk[chunk.feature.isin(FEATURES)]
    _refuse_row(rows, rows.chrom.str.strip() == "", path, "no chromosome")
    out = rows[["chrom", "feature", "strand"]].copy()
    out["start"] = whole_numbers(rows.start) - 1
    out["end"] = whole_numbers(rows.end)
    for name, key in ATTRIBUTES.items():
        found = rows.attributes.str.extract(rf'(?:^|;)\s*{key}\s+"?([^";]*)', expand=False)
        out[name] = found.fillna("").str.strip()
    bad = ~((out.start >= 0) & (out.end > out.start))
    _refuse_row(
        rows, bad, path, "start and end are no interval (1-based, whole numbers, start ≤ end)"
    )
    _refuse_row(rows, ~out.strand.isin(["+", "-"]), path, "strand must be + or -")
    _refuse_row(
        rows, out.gene_id == "", path, 'no gene_id "..." in the attributes (GFF3 is no GTF)'
    )
    return out.astype({"start": "int64", "end": "int64"})


def _refuse_row(rows: pd.DataFrame, bad: pd.Series, path: str | Path, why: str) -> None:
    if bad.any():
        line = bad[bad].index[0]
        row = rows.loc[line]
        found = (
            f"{row.chrom} {row.feature} {row.start}-{row.end} {row.strand} {row.attributes[:60]}"
        )
        raise UserError(f"{path}: line {line + 1} ({found}): {why}")


def fit_to_genome(
    gtf: pd.DataFrame, sizes: dict[str, int], *, names: tuple[str, str, str]
) -> pd.DataFrame:
    """Keep the rows on the genome's chromosomes, renamed as in the genome (`match_chromosomes`).

    Parameters
    ----------
    gtf
        As from `read_gtf`.
    sizes
        Length of each chromosome, bp.
    names
        GTF, FASTA and assembly, for messages.

    Returns
    -------
    pandas.DataFrame
        The rows on known chromosomes; the log has the number of genes that were left out.

    Raises
    ------
    UserError
        No chromosome in common, most genes on chromosomes of other names, or a row beyond the end
        of its chromosome.
    """
    gtf_name, fasta, assembly = names
    genes = gtf.groupby("chrom", sort=False).gene_id.nunique()
    try:
        chroms = match_chromosomes(
            {str(c): n for c, n in genes.items()}, sizes, gtf_name, unit="genes"
        )
    except UserError as error:
        raise UserError(
            f"{error}; GTF and FASTA ({fasta}) must be of one source; or set"
            f" assemblies.{assembly}.gtf_chrom_prefix"
        ) from None
    gtf = gtf[gtf.chrom.isin(list(chroms))]
    gtf = gtf.assign(chrom=gtf.chrom.map(chroms))
    beyond = gtf.end > gtf.chrom.map(sizes)
    if beyond.any():
        row = gtf[beyond].iloc[0]
        raise UserError(
            f"{gtf_name}: gene {row.gene_id!r} ends at {row.chrom}:{row.end}, the chromosome at"
            f" {sizes[row.chrom]} in {fasta}; GTF and FASTA must be of one assembly ({assembly})"
        )
    return gtf


def make_genes(gtf: pd.DataFrame, chromosomes: list[str]) -> pd.DataFrame:
    """One row per gene: the span of all its rows, and its transcription start.

    Rows of genes, transcripts or exons are sufficient. Every id must have one locus, as from
    `read_annotation`. Where the GTF has no biotype, RefSeq's names tell it: `protein_coding` if a
    transcript of the gene is an NM_ or XM_, `noncoding` if it only has NR_ or XR_.

    Returns
    -------
    pandas.DataFrame
        gene_id, gene_name, chrom, start, end, strand, tss, n_transcripts, biotype; ordered by
        chromosome (in the order of `chromosomes`), start and id. `tss` is the gene's 5' base.
    """
    genes = gtf.groupby("gene_id", sort=False).agg(
        gene_name=("gene_name", _first_given),
        chrom=("chrom", "first"),
        start=("start", "min"),
        end=("end", "max"),
        strand=("strand", "first"),
        biotype=("biotype", _first_given),
    )
    named = gtf[gtf.transcript_id != ""]
    counts = named.groupby("gene_id").transcript_id.nunique()
    genes["n_transcripts"] = counts.reindex(genes.index, fill_value=0)
    genes["biotype"] = genes.biotype.where(genes.biotype != "", _refseq_biotype(named))
    genes["tss"] = genes.start.where(genes.strand == "+", genes.end - 1)
    return _ordered(genes.reset_index(), "gene_id", chromosomes)[GENE_COLUMNS]


def _refseq_biotype(rows: pd.DataFrame) -> pd.Series:
    """Biotype by gene of genes with RefSeq transcripts; '' for others."""
    codes = rows.transcript_id.str.extract(r"^[NX]([MR])_\d", expand=False)
    # M sorts before R
    found = codes.groupby(rows.gene_id).min().fillna("")
    return found.map({"M": "protein_coding", "R": "noncoding", "": ""})


def make_transcripts(gtf: pd.DataFrame, chromosomes: list[str]) -> pd.DataFrame:
    """One row per transcript with exons; `length` is the total length of the exons, bp.

    Every id must have one locus, as from `read_annotation`.
    """
    exons = exon_rows(gtf)
    exons = exons.assign(length=exons.end - exons.start)
    transcripts = exons.groupby("transcript_id", sort=False, as_index=False).agg(
        gene_id=("gene_id", "first"),
        chrom=("chrom", "first"),
        start=("start", "min"),
        end=("end", "max"),
        strand=("strand", "first"),
        length=("length", "sum"),
        n_exons=("length", "size"),
    )
    return _ordered(transcripts, "transcript_id", chromosomes)[TRANSCRIPT_COLUMNS]


def exon_rows(gtf: pd.DataFrame) -> pd.DataFrame:
    """Exons of transcripts with an id, in the order of the genome."""
    exons = gtf[(gtf.feature == "exon") & (gtf.transcript_id != "")]
    return exons.sort_values(["chrom", "start", "end"], kind="stable")


def _ordered(table: pd.DataFrame, key: str, chromosomes: list[str]) -> pd.DataFrame:
    rank = table.chrom.map({name: number for number, name in enumerate(chromosomes)})
    order = table.assign(_rank=rank).sort_values(["_rank", "start", key], kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _first_given(values: pd.Series) -> str:
    given = values[values != ""]
    return given.iloc[0] if len(given) else ""


def read_genes(path: str | Path) -> pd.DataFrame:
    """Read a gene or transcript table of `make_genes`; names are text, also NA and numbers."""
    return pd.read_csv(
        path, sep="\t", keep_default_na=False,
        dtype={"chrom": str, "gene_id": str, "transcript_id": str, "gene_name": str,
               "biotype": str},
    )  # fmt: skip
