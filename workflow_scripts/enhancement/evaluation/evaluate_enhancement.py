"""Score every model's maps: metrics.tsv, and the tables by distance, by map and by window."""

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.metrics import COLUMNS, read_metrics, write_metrics
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation.metric_rows import count_rows, map_rows, score_run
from workflow_scripts.enhancement.evaluation.predictions import read_predictions
from workflow_scripts.enhancement.evaluation.significance import paired_tests

log = logging.getLogger("chromaloom")


def main(
    datasets: list[str],
    predictions: Mapping[tuple[str, int], str],
    *,
    zeroed: Mapping[str, str],
    settings: dict,
    out: str,
    by_distance: str,
    by_map: str,
    windows: str,
    paired: str,
    blanks: str,
    sizes: str | None = None,
) -> None:
    """Write all tables of scores.

    Parameters
    ----------
    datasets
        sequence.h5 and image.h5.
    predictions
        Predicted maps by model and seed.
    zeroed
        Channel that is blank, of the models that are a hybrid without it.
    settings
        The config's section `metrics`.
    out
        metrics.tsv: scores over all maps' windows of each part.
    by_distance, by_map, windows
        Scores by distance (bp); of each map's windows of the test parts; of each window.
    paired, blanks
        Tests between models; rows of `out` of the hybrid whole and without each input (column
        zeroed: none, sequence, image).
    sizes
        Rows of metrics.tsv that tell the sizes of the run's networks, to go into it.
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(EnhancementData(path)) for path in datasets]
        data = {one.kind: one for one in opened}
        rows = [row for one in opened for row in count_rows(one)]
        scored = []
        for number, ((model, seed), path) in enumerate(predictions.items(), start=1):
            made = read_predictions(path)
            if not len(made.index):
                raise UserError(f"{path}: no window is predicted; allowed: one or more")
            found = score_run(data[made.kind], made, model=model, seed=seed, settings=settings)
            scored.append(found)
            rows += found.rows
            log.info("%d/%d: %s, seed %d, %d windows", number, len(predictions), model, seed,
                     len(made.index))  # fmt: skip
    whole = pd.concat([found.windows for found in scored])
    write_metrics(out, rows + (read_metrics(sizes).to_dict("records") if sizes else []))
    write_metrics(by_map, map_rows(whole))
    write_table(by_distance, pd.concat([found.distances for found in scored]))
    write_table(windows, whole)
    write_table(paired, paired_tests(whole))
    write_table(blanks, blank_rows(pd.DataFrame(rows, columns=COLUMNS), zeroed))


def blank_rows(metrics: pd.DataFrame, zeroed: Mapping[str, str]) -> pd.DataFrame:
    """Rows of the test parts of models in `zeroed` and the whole one, with what is blank."""
    whole = {name.rsplit("_without_", 1)[0]: "none" for name in zeroed}
    named = metrics[metrics.split.str.startswith("test")].copy()
    named.insert(0, "zeroed", named.model.map({**whole, **zeroed}))
    named = named.dropna(subset=["zeroed"])
    return named.sort_values(["split", "metric", "seed", "zeroed"], kind="stable")


def write_table(path: str, table: pd.DataFrame) -> None:
    """Write a TSV, packed where its name says so."""
    packed = {"method": "gzip", "mtime": 0} if Path(path).suffix == ".gz" else None
    with atomic_path(path) as temporary:
        table.to_csv(
            temporary, sep="\t", index=False, float_format="%.6g", na_rep="nan", compression=packed
        )


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        zeroed=snakemake.params.zeroed,
        datasets=[snakemake.input.sequence, snakemake.input.image],
        predictions={
            (str(model), int(seed)): path
            for (model, seed), path in zip(
                snakemake.params.runs, snakemake.input.predictions, strict=True
            )
        },
        out=snakemake.output.metrics,
        blanks=snakemake.output.zeroed,
    )
