"""Fractions of motifs that match a known one, as rows for metrics.tsv."""

from collections.abc import Sequence

import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import write_metrics
from workflow_scripts.chromaloom.workflow.job import run_script

# model in metrics.tsv of each kind of set
PROMOTERS = {"trained": "seq", "untrained": "seq_untrained", "shuffled": "seq_shuffled"}
ENHANCERS = {"found": "cismodule", "control": "cismodule_control"}


def main(promoters: str, enhancers: str | Sequence[str], *, seed: int, scores: str) -> None:
    """Write metrics `promoter_motifs_matched` and `enhancer_motifs_matched`; n counts motifs.

    The split is the JASPAR release, followed by the task for promoters; sample `all` covers all
    cells. Sets without motifs are left out. `motif_found_NAME` is 1 if a motif matches the factor
    of that name and 0 otherwise; releases without the factor have no row.

    Parameters
    ----------
    promoters, enhancers
        Summaries of `match_motifs` for sets `cell/task/kind` and `cell/kind`; enhancers can be
        empty.
    seed
        Seed of the networks.
    scores
        Output.
    """
    table = pd.read_csv(promoters, sep="\t")
    table[["cell", "task", "kind"]] = table["set"].str.split("/", expand=True)
    table["split"] = table.release + "_" + table.task
    rows = match_rows(table, PROMOTERS, "promoter_motifs_matched", seed)
    if enhancers:
        table = pd.read_csv(enhancers, sep="\t")
        table[["cell", "kind"]] = table["set"].str.split("/", expand=True)
        rows += match_rows(
            table.assign(split=table.release), ENHANCERS, "enhancer_motifs_matched", 0
        )
    write_metrics(scores, rows)


def match_rows(table: pd.DataFrame, models: dict[str, str], metric: str, seed: int) -> list[dict]:
    """Rows by cell and over all cells."""
    named = [column for column in table if column.startswith("matched_")]
    whole = table.groupby(["split", "kind"], as_index=False)[["motifs", "matched", *named]].sum(
        min_count=1
    )
    counts = pd.concat([table, whole.assign(cell="all")])
    rows = []
    for _, row in counts[counts.motifs > 0].iterrows():
        values = {metric: row.matched / row.motifs} | {
            f"motif_found_{column.removeprefix('matched_')}": float(row[column] > 0)
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
    run_script(main, snakemake)
