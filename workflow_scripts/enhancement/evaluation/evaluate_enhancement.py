"""Score the maps of all models: metrics.tsv, and tables by distance, by map and by window."""

import logging
from collections.abc import Mapping, Sequence
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
    sequence: str,
    image: str,
    predictions: Sequence[str],
    sizes: str | None = None,
    *,
    runs: Sequence[tuple[str, int]],
    zeroed_models: Mapping[str, str],
    settings: dict,
    metrics: str,
    by_distance: str,
    by_map: str,
    windows: str,
    paired: str,
    zeroed: str,
) -> None:
    """Write all score tables.

    Parameters
    ----------
    sequence, image
        The datasets sequence.h5 (empty: none) and image.h5.
    predictions, runs
        Predicted maps, and (model, seed) of each.
    sizes
        Rows of metrics.tsv with the sizes of the run's networks, which are appended.
    zeroed_models
        Channel that is 0, by zeroed hybrid.
    settings
        Config section `metrics`.
    metrics
        metrics.tsv: scores over the windows of all maps, by split.
    by_distance, by_map, windows
        Scores by distance (bp); of each map, for test splits; of each window.
    paired, zeroed
        Paired tests between models; test rows of `metrics` of the hybrid with all inputs and with
        each input zeroed (column zeroed: none, sequence, image).
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(EnhancementData(path)) for path in (sequence, image) if path]
        data = {one.kind: one for one in opened}
        rows = [row for one in opened for row in count_rows(one)]
        scored = []
        for number, ((model, seed), path) in enumerate(
            zip(runs, predictions, strict=True), start=1
        ):
            made = read_predictions(path)
            if not len(made.index):
                raise UserError(f"{path}: no window is predicted; expected: at least one")
            found = score_run(
                data[made.kind], made, model=str(model), seed=int(seed), settings=settings
            )
            scored.append(found)
            rows += found.rows
            log.info("%d/%d: %s, seed %d, %d windows", number, len(predictions), model, seed,
                     len(made.index))  # fmt: skip
    all_windows = pd.concat([found.windows for found in scored])
    write_metrics(metrics, rows + (read_metrics(sizes).to_dict("records") if sizes else []))
    write_metrics(by_map, map_rows(all_windows))
    write_table(by_distance, pd.concat([found.distances for found in scored]))
    write_table(windows, all_windows)
    write_table(paired, paired_tests(all_windows))
    write_table(zeroed, zeroed_rows(pd.DataFrame(rows, columns=COLUMNS), zeroed_models))


def zeroed_rows(metrics: pd.DataFrame, zeroed_models: Mapping[str, str]) -> pd.DataFrame:
    """Test rows of zeroed hybrids and of the complete one, with the zeroed channel."""
    complete = {name.rsplit("_without_", 1)[0]: "none" for name in zeroed_models}
    named = metrics[metrics.split.str.startswith("test")].copy()
    named.insert(0, "zeroed", named.model.map({**complete, **zeroed_models}))
    named = named.dropna(subset=["zeroed"])
    return named.sort_values(["split", "metric", "seed", "zeroed"], kind="stable")


def write_table(path: str, table: pd.DataFrame) -> None:
    """Write a TSV, compressed if its name ends with .gz."""
    packed = {"method": "gzip", "mtime": 0} if Path(path).suffix == ".gz" else None
    with atomic_path(path) as temporary:
        table.to_csv(
            temporary, sep="\t", index=False, float_format="%.6g", na_rep="nan", compression=packed
        )


if __name__ == "__main__":
    run_script(main, snakemake)
