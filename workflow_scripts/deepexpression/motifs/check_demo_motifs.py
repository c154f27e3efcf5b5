"""Judge the motifs found in the demo by those that were planted."""

import logging

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script

log = logging.getLogger("chromaloom")
PROMOTER_ROLES = ("activator", "repressor")
COLUMNS = ["where", "kind", "cell", "release", "motif", "matrix", "role", "weight", "E", "found_as",
           "recovered", "planted", "share"]  # fmt: skip


def main(
    activity: str, promoters: str, enhancers: str | None, *, cutoff: float, table: str
) -> None:
    """Tell for each planted motif whether TomTom finds it among those of a cell.

    A planted motif is recovered when one of the set's motifs matches its matrix, whatever the
    version, at E below the cut-off; matches with other factors of its family do not count. A row
    of cell `all` asks whether any cell recovers it.

    Parameters
    ----------
    activity
        The world's table of motifs: motif, matrix, role, weight.
    promoters, enhancers
        Matches of `match_motifs` on sets `cell/task/kind` and `cell/kind`; enhancers may be None.
    cutoff
        Largest E.
    table
        Output: best E and the motif it belongs to; rows of motif `all` have the number planted
        and the share recovered.
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
            parts.append(judge(found, wanted, cutoff).assign(where=where))
    result = pd.concat(parts)
    for row in result[(result.motif == "all") & (result.cell == "all")].itertuples():
        log.info("%s, %s, %s: %.0f of %d planted motifs recovered at E < %g in any cell", row.where,
                 row.kind, row.release, row.share * row.planted, row.planted, cutoff)  # fmt: skip
    with atomic_path(table) as temporary:
        result[COLUMNS].to_csv(temporary, sep="\t", index=False, float_format="%.6g")


def judge(found: pd.DataFrame, planted: pd.DataFrame, cutoff: float) -> pd.DataFrame:
    """Rows of one kind of place, for each cell and for all together."""
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
                    "recovered": int(best is not None and cutoff > best.E),
                })  # fmt: skip
            share = sum(row["recovered"] for row in rows) / len(rows)
            rows.append({"motif": "all", "planted": len(rows), "share": share})
            tables += [row | {"cell": cell, "kind": kind, "release": release} for row in rows]
    return pd.DataFrame(tables)


if __name__ == "__main__":
    run_script(main, snakemake, enhancers=snakemake.input.get("enhancers") or None)
