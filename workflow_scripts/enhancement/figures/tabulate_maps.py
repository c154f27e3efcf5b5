"""Example maps of test windows, true and predicted, as a table for the figures."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.data.dataset import MAPS, EnhancementData
from workflow_scripts.enhancement.evaluation.predictions import read_predictions

log = logging.getLogger("chromaloom")
KEYS = ["window", "map", "chrom", "start", "split", "input", "resolution", "i", "j"]


def main(
    sequence: str,
    image: str,
    predictions: Sequence[str],
    *,
    models: Sequence[str],
    settings: dict,
    sequence_maps: str,
    image_maps: str,
) -> None:
    """Write the example windows of both datasets.

    Parameters
    ----------
    sequence, image
        The datasets sequence.h5 (empty: none, the table has no rows) and image.h5.
    predictions, models
        Predictions of one seed, for windows of either kind, and their models.
    settings
        Config section `enhancement.figures`.
    sequence_maps, image_maps
        Output TSV of each dataset (`tabulate`), in the units of the maps.
    """
    by_model = dict(zip(models, predictions, strict=True))
    with ExitStack() as stack:
        one = stack.enter_context(EnhancementData(sequence)) if sequence else None
        two = stack.enter_context(EnhancementData(image))
        for data, other, path in ((one, two, sequence_maps), (two, one, image_maps)):
            table = pd.DataFrame(columns=[*KEYS, *MAPS["sequence"]])
            if data is not None:
                table = tabulate(data, choose_rows(data, other, settings), by_model)
            with atomic_path(path) as temporary:
                table.to_csv(
                    temporary, sep="\t", index=False, float_format="%.4f",
                    compression={"method": "gzip", "mtime": 0, "compresslevel": 6},
                )  # fmt: skip


def test_rows(data: EnhancementData, settings: dict) -> np.ndarray:
    """Rows of the test windows of one map, from which examples are chosen.

    Raises
    ------
    UserError
        There is no test window, or none of `settings["map"]`.
    """
    tests = [split for split in data.splits if split.startswith("test")]
    name = settings["map"]
    if not tests:
        raise UserError(
            f"{data.path}: no test window of kind {data.kind}; expected: at least one; see the"
            " reasons in windows.tsv"
        )
    if name:
        rows = data.rows(*tests)
        if not (data.map[rows] == name).any():
            raise UserError(
                f"enhancement.figures.map: {name!r} has no test window;"
                f" expected: {', '.join(dict.fromkeys(data.map[rows]))}"
            )
    else:
        rows = data.rows("test" if "test" in tests else tests[0])
        name = data.map[rows[0]]
    return rows[data.map[rows] == name]


def region_of(data: EnhancementData, row: int) -> str:
    """Region of a window in the form of the config."""
    return f"{data.chrom[row]}:{data.start[row]}-{data.end[row]}"


def choose_rows(data: EnhancementData, other: EnhancementData | None, settings: dict) -> np.ndarray:
    """Rows of the windows that are drawn.

    Parameters
    ----------
    data, other
        The dataset, and that of the other kind, if there is one. If possible, windows are chosen
        that both have, so that maps of both kinds can be compared.
    settings
        Config section `enhancement.figures`: map, windows, examples.

    Raises
    ------
    UserError
        The map has no test window, or a window of the config is in neither dataset.
    """
    # of windows in one region the first: further input methods come later
    regions, elsewhere = (
        {} if one is None else {region_of(one, row): int(row)
                                for row in test_rows(one, settings)[::-1]}
        for one in (data, other)
    )  # fmt: skip
    if wanted := settings["windows"]:
        for region in wanted:
            if region not in regions and region not in elsewhere:
                some = ", ".join([*regions, *elsewhere][::-1][:4])
                raise UserError(
                    f"enhancement.figures.windows: {region!r} is not a test window;"
                    f" expected: {some}, …"
                )
        return np.array([regions[region] for region in wanted if region in regions], int)
    both = [row for region, row in regions.items() if region in elsewhere]
    rows = np.array(sorted(both or regions.values()), int)
    number = min(settings["examples"], len(rows))
    # evenly spaced, away from the borders of the split
    return rows[((np.arange(number) + 0.5) / max(number, 1) * len(rows)).astype(int)]


def window_table(
    data: EnhancementData, row: int, number: int, predictions: dict[str, np.ndarray]
) -> pd.DataFrame:
    """Upper triangle of a window's maps, a column per map; empty in the cropped margin."""
    n = data.window_bins
    i, j = np.triu_indices(n)
    table = pd.DataFrame({"i": i, "j": j})
    for name, value in {
        "window": number, "map": data.map[row], "chrom": data.chrom[row],
        "start": data.start[row], "split": data.split[row], "input": data.input[row],
        "resolution": data.resolution,
    }.items():  # fmt: skip
        table[name] = value
    table = table[KEYS]
    for name in data.maps:
        table[name] = data.maps_of(name, [row])[0][i, j]
    for name, values in predictions.items():
        full = np.full((n, n), np.nan, "float32")
        crop = (n - len(values)) // 2
        full[crop : crop + len(values), crop : crop + len(values)] = values
        table[name] = full[i, j]
    return table


def tabulate(data: EnhancementData, rows: np.ndarray, predictions: dict[str, str]) -> pd.DataFrame:
    """Maps of some windows: `KEYS`, the dataset's maps, and a column per model."""
    found: dict[int, dict[str, np.ndarray]] = {int(row): {} for row in rows}
    for name in sorted(predictions):
        made = read_predictions(predictions[name])
        if made.kind != data.kind:
            continue
        at = {int(row): number for number, row in enumerate(made.index)}
        for row in found:
            if row in at:
                found[row][name] = made.prediction[at[row]]
            else:
                log.info("%s: no prediction of %s", name, region_of(data, row))
    tables = [window_table(data, row, n, maps) for n, (row, maps) in enumerate(found.items())]
    log.info("%d windows of kind %s", len(tables), data.kind)
    return pd.concat(tables) if tables else pd.DataFrame(columns=[*KEYS, *data.maps])


if __name__ == "__main__":
    run_script(main, snakemake)
