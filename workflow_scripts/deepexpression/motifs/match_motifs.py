"""Known motifs that found ones look like: TomTom against releases of JASPAR."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.motifs.motif_search import Target, compare, read_jaspar
from workflow_scripts.deepexpression.motifs.pwms import information, read_meme

log = logging.getLogger("chromaloom")
MATCHES = ["set", "release", "motif", "target", "name", "offset", "overlap", "strand", "p", "E"]
SUMMARY = ["set", "release", "targets", "motifs", "matched", "fraction"]
LOGOS = ["set", "release", "motif", "information", "target", "name", "E", "side", "position",
         "A", "C", "G", "T"]  # fmt: skip


def main(
    sets: dict[str, str],
    *,
    releases: list[str],
    taxon: str,
    cutoff: float,
    named: list[str],
    matches: str,
    summary: str,
    logos: str,
) -> None:
    """Compare sets of motifs with CORE matrices of JASPAR.

    E = p × number of targets. A motif is matched when its best E is below the cut-off.

    Parameters
    ----------
    sets
        MEME file of each set of motifs.
    releases, taxon, cutoff
        Releases of JASPAR (`newest` allowed), their taxon, largest E.
    named
        Factors whose own matrix is looked for, by JASPAR's name for it without regard to case (not
        as a part of a complex, as in MAX::MYC).
    matches
        Output: all matches below the cut-off, and the best of each motif in any case.
    summary
        Output: matched motifs of each set and release; `as_NAME` of them match a factor of
        `named`, empty where the release has no matrix of that name.
    logos
        Output: letters' shares of each motif and of its best match, aligned to it: one row per
        column, `side` motif or target, `position` 0 at the motif's first column.
    """
    tables, counts, drawn = [], [], []
    for asked in releases:
        release, targets = read_jaspar(asked, taxon)
        known = {target.name.upper() for target in targets}
        for name, path in sets.items():
            motifs = read_meme(path)
            found = search(motifs, targets, cutoff)
            tables.append(found.assign(set=name, release=release))
            matched = int((found.groupby("motif").E.min() < cutoff).sum())
            share = matched / len(motifs) if motifs else np.nan
            names = found[found.E.lt(cutoff)].drop_duplicates(["motif", "name"]).name.str.upper()
            as_named = [
                int((names == factor).sum()) if factor in known else np.nan
                for factor in map(str.upper, named)
            ]
            counts.append((name, release, len(targets), len(motifs), matched, share, *as_named))
            log.info("%s: %d of %d motifs have a match in %s (%d targets) at E < %g", name,
                     matched, len(motifs), release, len(targets), cutoff)  # fmt: skip
            best = found.drop_duplicates("motif")
            drawn.append(aligned(best, motifs, targets).assign(set=name, release=release))
    counted = SUMMARY + [f"as_{factor}" for factor in named]
    for path, table, columns in (
        (matches, joined(tables), MATCHES),
        (summary, pd.DataFrame(counts, columns=counted), counted),
        (logos, joined(drawn), LOGOS),
    ):
        with atomic_path(path) as temporary:
            table[columns].to_csv(temporary, sep="\t", index=False, float_format="%.6g")


def joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables in one; those without a row are left out, unless all are."""
    return pd.concat([table for table in tables if len(table)] or tables[:1])


def search(motifs: dict[str, np.ndarray], targets: list[Target], cutoff: float) -> pd.DataFrame:
    """Matches of each motif, best first: those below the cut-off, and the best in any case.

    Columns motif, target, name, offset (the target's column at which the motif begins, on the
    strand named; negative where the motif begins first), overlap, strand, p, E.
    """
    found = compare(list(motifs.values()), [target.shares for target in targets])
    rows = []
    for query, motif in enumerate(motifs):
        evalues = found.p[query] * len(targets)
        order = np.argsort(evalues, kind="stable")
        for index in order[: max(1, int((evalues < cutoff).sum()))]:
            rows.append((
                motif, targets[index].matrix, targets[index].name, found.offset[query, index],
                found.overlap[query, index], "-" if found.reverse[query, index] else "+",
                found.p[query, index], evalues[index],
            ))  # fmt: skip
    return pd.DataFrame(rows, columns=MATCHES[2:])


def aligned(
    best: pd.DataFrame, motifs: dict[str, np.ndarray], targets: list[Target]
) -> pd.DataFrame:
    """Shares of each motif and its best match by position, the match turned to the motif."""
    known, parts = {target.matrix: target.shares for target in targets}, []
    for row in best.itertuples():
        shares = known[row.target]
        shares = shares[::-1, ::-1] if row.strand == "-" else shares
        for side, table, first in (("motif", motifs[row.motif], 0),
                                   ("target", shares, -row.offset)):  # fmt: skip
            part = pd.DataFrame(table, columns=list("ACGT"))
            part["position"] = np.arange(len(table)) + first
            parts.append(part.assign(
                motif=row.motif, target=row.target, name=row.name, E=row.E, side=side,
                information=information(motifs[row.motif]),
            ))  # fmt: skip
    return pd.concat(parts) if parts else pd.DataFrame(columns=LOGOS)


if __name__ == "__main__":
    run_script(
        main, snakemake, sets=dict(zip(snakemake.params.sets, snakemake.input.memes, strict=True))
    )
