"""Compare the motifs found in the demo with the planted ones."""

import logging
from collections.abc import Sequence

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")
PROMOTER_ROLES = ("activator", "repressor")
COLUMNS = ["where", "kind", "cell", "release", "motif", "matrix", "role", "weight", "E", "found_as",
           "recovered", "planted", "fraction"]  # fmt: skip


def main(
    activity: str,
    promoters: str,
    enhancers: str | Sequence[str],
    *,
    max_evalue: float,
    table: str,
) -> None:
    """Write for each planted motif whether TomTom finds it among the motifs of a cell.

    A planted motif is recovered if a motif of the set matches its matrix, in any version, at an
    E-value below `max_evalue`; matches with other factors of its family do not count. Rows of
    cell `all` refer to any cell.

    Parameters
    ----------
    activity
        Motifs of the simulated genome: motif, matrix, role, weight.
    promoters, enhancers
        Matches of `match_motifs` for sets `cell/task/kind` and `cell/kind`; enhancers can be empty.
    max_evalue
        E-value below which a motif matches.
    table
        Output: best E-value and its motif; rows of motif `all` have the number of planted motifs
        and the recovered fraction.
    """
    planted = pd.read_csv(activity, sep="\t")
    parts: list[pd.DataFrame] = []
    for where, path, roles in (("promoter", promoters, PROMOTER_ROLES),
                               ("enhancer", enhancers, ("enhancer",))):  # fmt: skip
        if path:
            found = pd.read_csv(path, sep="\t", keep_default_na=False)
            names = found["set"].str.split("/")
            found = found.assign(cell=names.str[0], kind=names.str[-1])
            wanted = planted[planted.role.isin(roles)]
            parts.append(recovery(found, wanted, max_evalue).assign(where=where))
    result = pd.concat(parts)
    for row in result[(result.motif == "all") & (result.cell == "all")].itertuples():
        log.info("%s, %s, %s: %.0f of %d planted motifs recovered at E < %g in any cell",
                 row.where, row.kind, row.release, row.fraction * row.planted, row.planted,
                 max_evalue)  # fmt: skip
    with atomic_path(table) as temporary:
        result[COLUMNS].to_csv(temporary, sep="\t", index=False, float_format="%.6g")


def recovery(found: pd.DataFrame, planted: pd.DataFrame, max_evalue: float) -> pd.DataFrame:
    """Rows for promoters or enhancers, by cell and for all cells."""
    base = found.target.str.split(".").str[0]
    tables = []
    for cell in [*dict.fromkeys(found.cell), "all"]:
        here = found if cell == "all" else found[found.cell == cell]
        for (kind, release), part in here.groupby(["kind", "release"], sort=False):
            rows = []
            for motif in planted.itertuples():
                hits = part[base[part.index] == motif.matrix.split(".")[0]]
                best = hits.loc[hits.E.idxmin()] if len(hits) else None
                rows.append({
                    "motif": motif.motif, "matrix": motif.matrix, "role": motif.role,
                    "weight": motif.weight, "E": None if best is None else best.E,
                    "found_as": "" if best is None else f"{best['set']}/{best.motif}",
                    "recovered": int(best is not None and max_evalue > best.E),
                })  # fmt: skip
            fraction = sum(row["recovered"] for row in rows) / len(rows)
            rows.append({"motif": "all", "planted": len(rows), "fraction": fraction})
            tables += [row | {"cell": cell, "kind": kind, "release": release} for row in rows]
    return pd.DataFrame(tables)


if __name__ == "__main__":
    run_script(main, snakemake)
