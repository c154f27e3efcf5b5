"""Match motifs with JASPAR by TomTom."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.motifs.motif_search import Target, compare_motifs, read_jaspar
from workflow_scripts.deepexpression.motifs.pwms import information, read_meme

log = logging.getLogger("chromaloom")
MATCHES = ["set", "release", "motif", "target", "name", "offset", "overlap", "strand", "p", "E"]
SUMMARY = ["set", "release", "targets", "motifs", "matched", "fraction"]
LOGOS = ["set", "release", "motif", "information", "target", "name", "E", "side", "position",
         "A", "C", "G", "T"]  # fmt: skip


def main(
    memes: dict[str, str],
    *,
    jaspar_releases: list[str],
    taxon: str,
    max_evalue: float,
    reported_factors: list[str],
    matches: str,
    summary: str,
    logos: str,
) -> None:
    """Compare sets of motifs with the CORE matrices of JASPAR.

    E = p × number of targets. A motif is matched if its best E is below `max_evalue`.

    Parameters
    ----------
    memes
        MEME file of each set of motifs.
    jaspar_releases, taxon, max_evalue
        JASPAR releases (or `newest`), their taxon, E-value below which a motif matches.
    reported_factors
        Factors whose matches are counted, by JASPAR name, case-insensitive (complexes such as
        MAX::MYC do not count).
    matches
        Output: all matches below `max_evalue`, and the best match of every motif.
    summary
        Output: number of matched motifs of each set and release; `matched_NAME` of them match a
        reported factor, empty if the release has no matrix of that name.
    logos
        Output: base frequencies of each motif and of its best match, aligned with it: a row per
        column, `side` motif or target, `position` 0 at the motif's first column.
    """
    tables, counts, drawn = [], [], []
    for name_of_release in jaspar_releases:
        release, targets = read_jaspar(name_of_release, taxon)
        known = {target.name.upper() for target in targets}
        for name, path in memes.items():
            motifs = read_meme(path)
            found = search(motifs, targets, max_evalue)
            tables.append(found.assign(set=name, release=release))
            matched = int((found.groupby("motif").E.min() < max_evalue).sum())
            fraction = matched / len(motifs) if motifs else np.nan
            names = (
                found[found.E.lt(max_evalue)].drop_duplicates(["motif", "name"]).name.str.upper()
            )
            by_factor = [
                int((names == factor).sum()) if factor in known else np.nan
                for factor in map(str.upper, reported_factors)
            ]
            counts.append((name, release, len(targets), len(motifs), matched, fraction, *by_factor))
            log.info("%s: %d of %d motifs have a match in %s (%d targets) at E < %g", name,
                     matched, len(motifs), release, len(targets), max_evalue)  # fmt: skip
            best = found.drop_duplicates("motif")
            drawn.append(aligned(best, motifs, targets).assign(set=name, release=release))
    counted = SUMMARY + [f"matched_{factor}" for factor in reported_factors]
    for path, table, columns in (
        (matches, concat_nonempty(tables), MATCHES),
        (summary, pd.DataFrame(counts, columns=counted), counted),
        (logos, concat_nonempty(drawn), LOGOS),
    ):
        with atomic_path(path) as temporary:
            table[columns].to_csv(temporary, sep="\t", index=False, float_format="%.6g")


def concat_nonempty(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate tables, leaving out empty ones unless all are empty."""
    return pd.concat([table for table in tables if len(table)] or tables[:1])


def search(motifs: dict[str, np.ndarray], targets: list[Target], max_evalue: float) -> pd.DataFrame:
    """Matches of each motif below `max_evalue`, best first, and the best match in any case.

    Columns motif, target, name, offset (target column that aligns with the motif's first column,
    on the given strand; negative if the motif begins first), overlap, strand, p, E.
    """
    found = compare_motifs(list(motifs.values()), [t.frequencies for t in targets])
    rows = []
    for query, motif in enumerate(motifs):
        evalues = found.p[query] * len(targets)
        order = np.argsort(evalues, kind="stable")
        for index in order[: max(1, int((evalues < max_evalue).sum()))]:
            rows.append((
                motif, targets[index].matrix, targets[index].name, found.offset[query, index],
                found.overlap[query, index], "-" if found.reverse[query, index] else "+",
                found.p[query, index], evalues[index],
            ))  # fmt: skip
    return pd.DataFrame(rows, columns=MATCHES[2:])


def aligned(
    best: pd.DataFrame, motifs: dict[str, np.ndarray], targets: list[Target]
) -> pd.DataFrame:
    """Base frequencies of each motif and its best match by position, on the motif's strand."""
    known, parts = {target.matrix: target.frequencies for target in targets}, []
    for row in best.itertuples():
        target = known[row.target]
        target = target[::-1, ::-1] if row.strand == "-" else target
        for side, table, first in (("motif", motifs[row.motif], 0),
                                   ("target", target, -row.offset)):  # fmt: skip
            part = pd.DataFrame(table, columns=list("ACGT"))
            part["position"] = np.arange(len(table)) + first
            parts.append(part.assign(
                motif=row.motif, target=row.target, name=row.name, E=row.E, side=side,
                information=information(motifs[row.motif]),
            ))  # fmt: skip
    return pd.concat(parts) if parts else pd.DataFrame(columns=LOGOS)


if __name__ == "__main__":
    run_script(main, snakemake)
