"""Lay every number that the run reproduces beside the published one."""

from pathlib import Path

import pandas as pd

from workflow_scripts.chromaloom.files import atomic_path
from workflow_scripts.chromaloom.job import script_job
from workflow_scripts.chromaloom.metrics import read_metrics

COLUMNS = [
    "paper", "item", "quantity", "published", "obtained", "sd", "n", "unit", "source", "note",
]  # fmt: skip


def obtained(row: pd.Series, metrics: pd.DataFrame) -> dict:
    """Find what a published row describes in the metrics.

    A row names model, split and metric, and either one sample (the value is the mean over seeds,
    `sd` their spread, `n` their number) or a statistic (mean, min or max) over samples of their
    means over seeds (`sd` over samples, `n` their number). A run of one sample tells its seeds.
    """
    if not row.metric:
        return {"note": "no model of this run gives it"}
    chosen = metrics[
        (metrics.model == row.model) & (metrics.split == row.split) & (metrics.metric == row.metric)
    ]
    if row["sample"] or len(set(chosen["sample"])) == 1:
        sample = row["sample"] or chosen["sample"].iloc[0]
        values = chosen.value[chosen["sample"] == sample]
        statistic, over = "mean", "seeds"
    else:
        values = chosen.groupby("sample").value.mean()
        statistic, over = row.statistic, "samples"
    if values.empty:
        return {"note": "not part of this run"}
    return {
        "obtained": getattr(values, statistic)(),
        "sd": values.std() if len(values) > 1 else None,
        "n": len(values),
        "note": f"{statistic} over {over}",
    }


def main(
    metrics: list[str], published: list[str], *, papers: list[str], simulated: bool, out: str
) -> None:
    """Write reproduction.tsv: one row per published quantity of every paper of the run."""
    rows = []
    for paper, scores, table in zip(papers, metrics, published, strict=True):
        scores = read_metrics(scores)
        for _, row in pd.read_csv(table, sep="\t", keep_default_na=False).iterrows():
            found = obtained(row, scores)
            if simulated and "obtained" in found:
                found["note"] += "; simulated world, not the paper's data"
            notes = [text for text in (found.pop("note"), row.note) if text]
            same = {name: row[name] for name in ("item", "quantity", "published", "unit", "source")}
            rows.append({"paper": paper, **same, **found, "note": "; ".join(notes)})
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(out) as temporary:
        pd.DataFrame(rows, columns=COLUMNS).to_csv(
            temporary, sep="\t", index=False, float_format="%.6g"
        )


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            snakemake.input.get("metrics", []),
            snakemake.input.get("published", []),
            papers=snakemake.params.papers,
            simulated=snakemake.params.simulated,
            out=snakemake.output.table,
        )
