"""Shares of motifs that match a known one, as rows for metrics.tsv."""

import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script

# model in metrics.tsv of each kind of set
PROMOTERS = {"trained": "seq", "untrained": "seq_untrained", "shuffled": "seq_shuffled"}
ENHANCERS = {"found": "cismodule", "control": "cismodule_control"}


def main(promoters: str, enhancers: str | None, *, seed: int, out: str) -> None:
    """Write metrics `promoter_motifs_matched` and `enhancer_motifs_matched`, n: motifs.

    Split is the release of JASPAR, with the task after it for promoters; sample `all` is over all
    cells together. Sets without any motif are left out. `motif_found_NAME` is 1 where a motif
    matches the factor of that name, 0 where none does; a release that lacks it has no row.

    Parameters
    ----------
    promoters, enhancers
        Summaries of `match_motifs` on sets `cell/task/kind` and `cell/kind`; enhancers may be None.
    seed
        Of the networks.
    out
        The table.
    """
    table = pd.read_csv(promoters, sep="\t")
    table[["cell", "task", "kind"]] = table["set"].str.split("/", expand=True)
    table["split"] = table.release + "_" + table.task
    rows = rows_of(table, PROMOTERS, "promoter_motifs_matched", seed)
    if enhancers:
        table = pd.read_csv(enhancers, sep="\t")
        table[["cell", "kind"]] = table["set"].str.split("/", expand=True)
        rows += rows_of(table.assign(split=table.release), ENHANCERS, "enhancer_motifs_matched", 0)
    write_metrics(out, rows)


def rows_of(table: pd.DataFrame, models: dict[str, str], metric: str, seed: int) -> list[dict]:
    """Rows by cell, and over cells."""
    named = [column for column in table if column.startswith("as_")]
    whole = table.groupby(["split", "kind"], as_index=False)[["motifs", "matched", *named]].sum(
        min_count=1
    )
    counts = pd.concat([table, whole.assign(cell="all")])
    rows = []
    for _, row in counts[counts.motifs > 0].iterrows():
        values = {metric: row.matched / row.motifs} | {
            f"motif_found_{column.removeprefix('as_')}": float(row[column] > 0)
            for column in named
            if pd.notna(row[column])
        }
        rows += [
            dict(model=models[row.kind], sample=row.cell, split=row.split, seed=seed, metric=name,
                 value=value, n=row.motifs)
            for name, value in values.items()
        ]  # fmt: skip
    return rows


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        enhancers=snakemake.input.get("enhancers") or None,
        out=snakemake.output.scores,
    )
