"""Estimate the abundance of each transcript from RNA reads aligned to transcripts."""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pysam

from workflow_scripts.align.alignments import read_header, readable
from workflow_scripts.chromaloom.genomics.genes import read_genes, without_version
from workflow_scripts.chromaloom.genomics.genome import some
from workflow_scripts.chromaloom.io.files import atomic_path, scratch_folder
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.quantify.quantify_reads import require_pseudoaligned

log = logging.getLogger("chromaloom")
MAX_FRAGMENT = 1000  # bp, as kallisto
MAX_ROUNDS, MIN_ROUNDS = 10_000, 50
# kallisto's criterion: no transcript of more than this number of reads changes by this share
CHANGE, RELEVANT = 1e-2, 1e-2
UNMAPPED, FAILED, REVERSE, MATE1, MATE2 = 0x4, 0x200, 0x10, 0x40, 0x80


def main(
    *,
    sample: str,
    files: list[str],
    transcripts: str,
    fasta: str,
    fragment_length: float,
    fragment_sd: float,
    strand: str,
    min_pseudoaligned: float,
    abundance: str,
    info: str,
) -> None:
    """Write tables like those of `quantify_reads`, from alignments in place of reads.

    The model is that of kallisto and RSEM (Li & Dewey 2011; Bray et al. 2016): a fragment comes
    from one of the transcripts to which it aligns with the fewest mismatches (tag NM), with a
    probability proportional to their abundance; abundances are those of greatest likelihood. The
    file must therefore list all alignments of a read; with primary lines only, each fragment counts
    for one transcript.

    Parameters
    ----------
    sample
        Name, for messages.
    files
        BAM or CRAM in any order; several are added.
    transcripts, fasta
        Table of the GTF's transcripts (names and lengths), and their sequences, with which CRAM is
        decoded.
    fragment_length, fragment_sd
        Mean and standard deviation (bp) of fragment lengths; for single-end reads.
    strand
        unstranded, forward or reverse.
    min_pseudoaligned
        Minimum fraction of fragments that fit a transcript.
    abundance, info
        Outputs.

    Raises
    ------
    UserError
        Not readable, aligned to other sequences than the transcripts, or with too few fragments
        that fit.
    """
    table = read_genes(transcripts)
    names = dict(zip(table.transcript_id, range(len(table)), strict=True))
    lengths = table.length.to_numpy(dtype=np.int64)
    classes: Counter[tuple[int, ...]] = Counter()
    spans: Counter[int] = Counter()
    total = 0
    with scratch_folder(abundance) as folder:
        for number, path in enumerate(files):
            places = match_transcripts(read_header(path, fasta), names, lengths, path)
            with readable([path]):
                grouped = str(Path(folder, f"{number}.bam"))
                options = ["-u", "--reference", fasta, "-o", grouped, path, f"{folder}/collate"]
                pysam.collate(*options, catch_stdout=False)
                with pysam.AlignmentFile(grouped, "rb") as handle:
                    for found, span in fragments(
                        handle, places, lengths, strand, int(fragment_length)
                    ):
                        total += 1
                        if found:
                            classes[found] += 1
                        if span and len(found) == 1:
                            spans[span] += 1
            Path(grouped).unlink()
    fitting = sum(classes.values())
    unique = sum(count for found, count in classes.items() if len(found) == 1)
    facts = {"n_targets": len(names), "n_processed": total, "n_pseudoaligned": fitting,
             "n_unique": unique, "p_pseudoaligned": round(100 * fitting / max(total, 1), 1),
             "p_unique": round(100 * unique / max(total, 1), 1)}  # fmt: skip
    require_pseudoaligned(sample, facts, min_pseudoaligned)
    effective = effective_lengths(lengths, spans or normal_lengths(fragment_length, fragment_sd))
    counts = maximize(classes, effective)
    rate = counts / effective
    result = pd.DataFrame({
        "target_id": table.transcript_id, "length": lengths, "eff_length": effective,
        "est_counts": counts, "tpm": rate / rate.sum() * 1e6,
    })  # fmt: skip
    with atomic_path(abundance) as temporary:
        result.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    with atomic_path(info) as temporary:
        temporary.write_text(json.dumps(facts, indent=1) + "\n")


def match_transcripts(
    header: pysam.AlignmentHeader, names: dict[str, int], lengths: np.ndarray, path: str
) -> list[int]:
    """Row of the transcript of each sequence of the header; -1 for none.

    A name is taken up to `|` (as GENCODE writes it), with or without version.
    """
    given = [name.split("|")[0] for name in header.references]
    if not any(name in names for name in given):
        given = [without_version(name) for name in given]
    rows = [names.get(name, -1) for name in given]
    shared = [n for n, row in enumerate(rows) if row >= 0]
    if not shared:
        raise UserError(
            f"{path}: none of its sequences ({some(header.references)}) is a transcript of the GTF"
            f" ({some(names)}); expected: reads aligned to the transcripts (such as STAR"
            " --quantMode TranscriptomeSAM); fix: count reads aligned to the genome by gene"
            " (featureCounts, htseq-count), and give the table as kind gene_counts"
        )
    differ = [n for n in shared if header.lengths[n] != lengths[rows[n]]]
    if len(differ) > len(shared) / 2:
        first = differ[0]
        raise UserError(
            f"{path}: {header.references[first]} has {header.lengths[first]} bp, in the GTF"
            f" {lengths[rows[first]]} bp ({len(differ)} of {len(shared)} transcripts differ);"
            " expected: transcripts of the assembly's GTF"
        )
    log.info(
        "%s: %d sequences, %d of them transcripts of the GTF, %d of another length",
        path, len(rows), len(shared), len(differ),
    )  # fmt: skip
    return rows


def fragments(
    reads: Iterable[pysam.AlignedSegment],
    places: list[int],
    lengths: np.ndarray,
    strand: str,
    single_length: float,
) -> Iterator[tuple[tuple[int, ...], int]]:
    """Iterate over the fragments of reads that are grouped by name.

    Parameters
    ----------
    reads
        Lines of the file.
    places
        Row of the transcript of each sequence, as from `match_transcripts`.
    lengths
        Lengths of the transcripts, bp.
    strand
        Of the reads: unstranded, forward or reverse.
    single_length
        Length (bp) of the fragments of single reads: transcripts that end before it do not fit, as
        in kallisto.

    Yields
    ------
    tuple
        Rows of the transcripts that fit best, sorted, and the fragment's length (bp; 0 unless both
        mates fit one place).
    """
    for _, lines in groupby(reads, key=lambda read: read.query_name):
        mates: dict[int, dict[int, tuple[int, int]]] = {}
        seen = False
        for read in lines:
            flag = read.flag
            if flag & FAILED:
                continue
            seen = True
            mate = flag & (MATE1 | MATE2)
            mates.setdefault(mate, {})
            if flag & UNMAPPED or places[read.reference_id] < 0:
                continue
            sense = bool(flag & REVERSE) == (mate == MATE2)
            if strand != "unstranded" and sense != (strand == "forward"):
                continue
            row = places[read.reference_id]
            if not mate and not (
                read.reference_end - single_length >= 0
                if flag & REVERSE
                else read.reference_start + single_length <= lengths[row]
            ):
                continue
            edits = read.get_tag("NM") if read.has_tag("NM") else 0
            best = mates[mate].get(row)
            if best is None or edits < best[0]:
                mates[mate][row] = (edits, abs(read.template_length))
        if not seen:
            continue
        both = [found for found in mates.values() if found]
        if not both:
            yield (), 0
            continue
        common = set.intersection(*(set(found) for found in both))
        edits = {row: sum(found[row][0] for found in both) for row in common}
        least = min(edits.values(), default=0)
        fitting = tuple(sorted(row for row, number in edits.items() if number == least))
        span = both[0][fitting[0]][1] if fitting and len(both) == 2 else 0
        yield fitting, span if span <= MAX_FRAGMENT else 0


def normal_lengths(mean: float, sd: float) -> dict[int, float]:
    """Normal distribution of fragment lengths: length (bp) → weight."""
    lengths = np.arange(1, MAX_FRAGMENT + 1)
    return dict(zip(lengths.tolist(), np.exp(-0.5 * ((lengths - mean) / sd) ** 2), strict=True))


def effective_lengths(lengths: np.ndarray, fragments: dict[int, float]) -> np.ndarray:
    """Number of places where a fragment can begin, averaged over the lengths that fit (bp).

    The length itself for transcripts that are shorter than every fragment, as kallisto has it.
    """
    weight = np.zeros(MAX_FRAGMENT + 1)
    for length, number in fragments.items():
        weight[length] += number
    total, moment = np.cumsum(weight), np.cumsum(weight * np.arange(MAX_FRAGMENT + 1))
    last = np.minimum(lengths, MAX_FRAGMENT)
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = lengths - moment[last] / total[last] + 1
    return np.where(total[last] > 0, effective, lengths).astype(float)


def maximize(classes: Counter[tuple[int, ...]], effective: np.ndarray) -> np.ndarray:
    """Expected number of fragments of each transcript at the greatest likelihood, by EM.

    Parameters
    ----------
    classes
        Number of fragments that fit each set of transcripts.
    effective : float array, shape=(transcripts,)
        Effective lengths, bp.

    Returns
    -------
    float64 array, shape=(transcripts,)
        Their sum is the number of fragments.
    """
    ordered = sorted(classes.items())
    number = np.array([count for _, count in ordered], dtype=float)
    group = np.repeat(np.arange(len(ordered)), [len(found) for found, _ in ordered])
    member = np.array([row for found, _ in ordered for row in found], dtype=np.int64)
    counts = np.full(len(effective), number.sum() / len(effective))
    for done in range(MAX_ROUNDS):
        weight = counts[member] / effective[member]
        total = np.bincount(group, weights=weight, minlength=len(ordered))
        share = number[group] * weight / np.maximum(total[group], np.finfo(float).tiny)
        after = np.bincount(member, weights=share, minlength=len(effective))
        moved = (after > RELEVANT) & (np.abs(after - counts) > CHANGE * after)
        counts = after
        if done >= MIN_ROUNDS and not moved.any():
            break
    return counts


if __name__ == "__main__":
    run_script(main, snakemake)
