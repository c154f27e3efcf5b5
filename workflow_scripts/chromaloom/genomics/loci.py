"""Genes and transcripts that a GTF lists at several loci under one name.

A RefSeq accession or a gene symbol may occur at several places of a genome. Joined, they would be a
gene of many megabases, or a transcript spliced from two copies. Coordinates are 0-based half-open
bp.
"""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.genomics.genome import some

log = logging.getLogger("chromaloom")
# bp; the longest introns of human annotation are about 1.2 Mb
MAX_INTRON = 2_000_000
# Largest gap (bp) between two transcripts of a gene that no other transcript of it bridges
MAX_GAP = 500_000
SUFFIX = "_locus"
PLACE = ["chrom", "strand"]


def split_loci(gtf: pd.DataFrame) -> pd.DataFrame:
    """Give every locus of a gene or transcript its own name; the log has their number.

    The first locus in the file keeps the name `X`; the others are `X_locus2`, `X_locus3` ….
    Transcripts are split between chromosomes and strands, between `transcript` rows that do not
    overlap, where exon numbers start anew, and at gaps above `MAX_INTRON`. Genes are split between
    chromosomes and strands and between `gene` rows that do not overlap; without `gene` rows, at
    gaps between transcripts: any gap if the gene has a transcript at several loci, else those above
    `MAX_GAP`.

    Parameters
    ----------
    gtf
        As from `read_gtf`; rows in the file's order.

    Returns
    -------
    pandas.DataFrame
        The rows with these names, without exact repetitions of a row.
    """
    gtf = gtf.reset_index(drop=True)
    named = ["feature", "gene_id", "transcript_id", *PLACE, "start", "end"]
    again = gtf.duplicated(named)
    if again.any():
        log.warning(
            "%d rows repeat an earlier row (gene %s) and are left out",
            again.sum(), some(gtf.gene_id[again].unique()),
        )  # fmt: skip
        gtf = gtf[~again].reset_index(drop=True)
    transcripts = _numbered(gtf, "transcript_id", _transcript_loci(gtf))
    copied = gtf.gene_id[transcripts != gtf.transcript_id].unique()
    gtf["transcript_id"] = transcripts
    gtf["gene_id"] = _numbered(gtf, "gene_id", _gene_loci(gtf, set(copied)))
    return gtf


def _transcript_loci(gtf: pd.DataFrame) -> pd.Series:
    """Number the loci of each transcript on a chromosome and strand, from 0; -1 without name."""
    rows = gtf[(gtf.transcript_id != "") & (gtf.feature != "gene")]
    # a transcript's row before its first exon
    rows = rows.assign(_exon=rows.feature == "exon")
    keys = ["transcript_id", *PLACE]
    rows = rows.sort_values([*keys, "start", "_exon"], kind="stable")
    group = rows.groupby(keys, sort=False).ngroup()
    same = group == group.shift()
    cut = same & (rows.start - _end_so_far(rows.end, group) > MAX_INTRON)
    whole = rows.end.where(~rows._exon, 0)
    cut |= (
        same & ~rows._exon & (rows.start >= _end_so_far(whole, group)) & _seen(~rows._exon, group)
    )
    exons = rows[rows._exon]
    cut |= _numbers_start_anew(exons, group[exons.index]).reindex(rows.index, fill_value=False)
    return cut.groupby(group).cumsum().reindex(gtf.index, fill_value=-1)


def _numbers_start_anew(exons: pd.DataFrame, group: pd.Series) -> pd.Series:
    """Whether an exon begins another copy, by `exon_number`; exons in the order of the genome."""
    number = pd.to_numeric(exons.exon_number, errors="coerce")
    again = pd.DataFrame({"group": group, "number": number}).duplicated() & number.notna()
    repeated = again.groupby(group).transform("any")
    repeated &= number.notna().groupby(group).transform("all")
    step = np.sign(number.groupby(group).diff())
    # numbers rise or fall along the genome: which, the first copy's second exon tells
    second = step.where(exons.groupby(group).cumcount() == 1)
    direction = second.groupby(group).transform("first")
    # exons that overlap are alternatives, not the next copy
    apart = exons.start >= _end_so_far(exons.end, group)
    return repeated & step.notna() & ((step != direction) | (step == 0)) & apart


def _gene_loci(gtf: pd.DataFrame, copied: set[str]) -> pd.Series:
    """Number the loci of each gene on a chromosome and strand, from 0."""
    keys = ["gene_id", *PLACE]
    own = gtf.feature == "gene"
    listed = own.groupby(gtf.gene_id).transform("any")
    grouped = gtf[~own & ~listed].groupby([*keys, "transcript_id"], sort=False, as_index=False)
    spans = grouped.agg(start=("start", "min"), end=("end", "max"))
    columns = [*keys, "start", "end"]
    units = pd.concat([gtf.loc[own, columns], spans[columns]])
    strict = units.gene_id.isin(copied) | units.gene_id.isin(gtf.gene_id[own])
    units["allowed"] = np.where(strict, 0, MAX_GAP)
    units = units.sort_values([*keys, "start"], kind="stable")
    group = units.groupby(keys, sort=False).ngroup()
    gap = units.start - _end_so_far(units.end, group)
    cut = (group == group.shift()) & (gap >= units.allowed)
    units["locus"] = cut.groupby(group).cumsum()
    # every row lies in the last locus that starts before it
    starts = units.drop_duplicates([*keys, "locus"])[[*keys, "start", "locus"]]
    rows = pd.merge_asof(
        gtf[[*keys, "start"]].reset_index().sort_values("start", kind="stable"),
        starts.sort_values("start", kind="stable"), on="start", by=keys,
    )  # fmt: skip
    return rows.set_index("index").locus.fillna(0).astype("int64").reindex(gtf.index)


def _end_so_far(end: pd.Series, group: pd.Series) -> pd.Series:
    """Largest end of the rows before each row in its group; NaN for the first."""
    return end.groupby(group).cummax().groupby(group).shift()


def _seen(flag: pd.Series, group: pd.Series) -> pd.Series:
    """Whether an earlier row of the group has the flag."""
    return (flag.groupby(group).cumsum() - flag) > 0


def _numbered(gtf: pd.DataFrame, key: str, locus: pd.Series) -> pd.Series:
    """Names with the number of their locus, in the file's order; those of the first unchanged."""
    frame = gtf[[key, *PLACE]].assign(locus=locus)
    loci = frame[locus >= 0].drop_duplicates()
    number = loci.groupby(key).cumcount() + 1
    if not (number > 1).any():
        return gtf[key]
    several = loci[key][number > 1].unique()
    log.warning(
        "%d %ss have several loci (%d in all); each is one of its own: the first in the file keeps"
        " its name, as %s, the next is %s",
        len(several), key, loci[key].isin(several).sum(), some(several), f"{several[0]}{SUFFIX}2",
    )  # fmt: skip
    numbers = frame.merge(loci.assign(number=number), how="left").number.fillna(1).astype(int)
    return gtf[key].where((numbers == 1).to_numpy(), gtf[key] + SUFFIX + numbers.astype(str))
