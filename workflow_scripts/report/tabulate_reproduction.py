"""Compare every number that the run has with the published one, as a table and as a page."""

import logging
from pathlib import Path

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.workflow.job import script_job
from workflow_scripts.report.origin import by_origin
from workflow_scripts.report.presets import Presets, preset_of
from workflow_scripts.report.reproduction_page import reproduction_page

log = logging.getLogger("chromaloom")
COLUMNS = [
    "paper", "data", "item", "quantity", "published", "obtained", "sd", "n", "unit", "preset",
    "source", "note",
]  # fmt: skip


def obtained(row: pd.Series, metrics: pd.DataFrame) -> dict | None:
    """Find what a published row describes in the metrics; None where the run does not have it.

    A row names model, split and metric, and either one sample (the value is the mean over seeds,
    `sd` their spread, `n` their number) or a statistic (mean, min or max) over samples of their
    means over seeds (`sd` over samples, `n` their number). With one sample, `n` counts seeds. The
    samples are all of the run, or those that the row lists (separated by commas): a value over
    several lines is found only in a run that has them all.
    """
    chosen = metrics[
        (metrics.model == row.model) & (metrics.split == row.split) & (metrics.metric == row.metric)
    ]
    named = row["sample"].split(",") if row["sample"] else []
    if not row.metric or chosen.empty or not set(named) <= set(chosen["sample"]):
        return None
    chosen = chosen[chosen["sample"].isin(named)] if named else chosen
    if len(set(chosen["sample"])) == 1:
        values = chosen.value
        statistic, over = "mean", "seeds"
    else:
        values = chosen.groupby("sample").value.mean()
        statistic, over = row.statistic, "samples"
    return {
        "obtained": getattr(values, statistic)(),
        "sd": values.std() if len(values) > 1 else None,
        "n": len(values),
        "note": f"{statistic} over {over}",
    }


def compared_rows(
    paper: str, published: pd.DataFrame, metrics: pd.DataFrame, presets: Presets
) -> list[dict]:
    """Published quantities that some metrics have, with the columns `COLUMNS` but for `data`."""
    rows = []
    for _, row in published.iterrows():
        if found := obtained(row, metrics):
            same = {name: row[name] for name in ("item", "quantity", "published", "unit", "source")}
            found["note"] = "; ".join(text for text in (found["note"], row.note) if text)
            preset = preset_of(row.model, row.metric, presets)
            rows.append({"paper": paper, "preset": preset, **same, **found})
    return rows


def main(
    metrics: list[str],
    published: list[str],
    *,
    papers: list[str],
    simulated: list[str],
    real: list[str],
    presets: dict[str, Presets],
    table: str,
    page: str,
) -> None:
    """Write reproduction.tsv and its page: the published quantities that the run has.

    Parameters
    ----------
    metrics, published
        metrics.tsv and table of published values of each of `papers`.
    papers
        Names of the papers of the run.
    simulated, real
        Cells of the run by where their data are from; rows of either stand apart.
    presets
        For each paper, patterns of models and their presets (`presets.paper_presets`).
    table, page
        Outputs.
    """
    rows, lacking = [], 0
    for paper, scores, listed in zip(papers, metrics, published, strict=True):
        quantities = pd.read_csv(listed, sep="\t", keep_default_na=False)
        parts = by_origin(read_metrics(scores), simulated, real)
        compared = {
            origin: compared_rows(paper, quantities, part, presets.get(paper, []))
            for origin, part in parts.items()
        }
        rows += [{"data": data, **row} for data, found in compared.items() for row in found]
        lacking += len(quantities) - max(map(len, compared.values()), default=0)
    # real data first: the two are not comparable
    rows.sort(key=lambda row: row["data"])
    log.info("%d rows; published quantities that are not part of this run: %d", len(rows), lacking)
    frame = pd.DataFrame(rows, columns=COLUMNS)
    Path(table).parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(table) as temporary:
        frame.to_csv(temporary, sep="\t", index=False, float_format="%.6g")
    with atomic_path(page) as temporary:
        temporary.write_text(reproduction_page(frame, lacking))


if __name__ == "__main__":
    with script_job(snakemake):
        main(
            snakemake.input.get("metrics", []),
            snakemake.input.get("published", []),
            table=snakemake.output.table,
            page=snakemake.output.page,
            **snakemake.params,
        )
