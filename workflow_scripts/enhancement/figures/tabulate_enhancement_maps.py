"""Example maps of the test part, measured and predicted, as a table for the figures."""

import logging

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.enhancement.data.dataset import EnhancementData
from workflow_scripts.enhancement.evaluation.predictions import read_predictions

log = logging.getLogger("chromaloom")
KEYS = ["window", "map", "chrom", "start", "part", "input", "resolution", "i", "j"]


def test_rows(data: EnhancementData, settings: dict) -> np.ndarray:
    """Rows of the test windows that may be drawn, of one map.

    Raises
    ------
    UserError
        There is no test window, or `settings["map"]` has none.
    """
    tests = [part for part in data.parts if part.startswith("test")]
    name = settings["map"]
    if not tests:
        raise UserError(
            f"{data.path}: no test window of kind {data.kind} to draw; allowed: one or more"
            " (windows.tsv tells why windows are left out)"
        )
    if name:
        rows = data.rows(*tests)
        if not (data.map[rows] == name).any():
            there = ", ".join(dict.fromkeys(data.map[rows]))
            raise UserError(
                f"enhancement.figures.map: {name!r} has no test window; allowed: {there}"
            )
    else:
        rows = data.rows("test" if "test" in tests else tests[0])
        name = data.map[rows[0]]
    return rows[data.map[rows] == name]


def place_of(data: EnhancementData, row: int) -> str:
    """Place of a window as the config has it."""
    return f"{data.chrom[row]}:{data.start[row]}-{data.end[row]}"


def choose_rows(data: EnhancementData, others: EnhancementData, settings: dict) -> np.ndarray:
    """Rows of the windows that are drawn.

    Parameters
    ----------
    data, others
        The dataset, and that of the other kind: where it can be, windows are taken of which both
        have a map, so that what is drawn of either can be laid side by side.
    settings
        Config section `enhancement.figures`: map, windows, examples.

    Raises
    ------
    UserError
        The map has no test window, or windows are asked for that neither kind has.
    """
    # of windows at one place the first: an input of another kind comes later
    places, elsewhere = (
        {place_of(one, row): int(row) for row in test_rows(one, settings)[::-1]}
        for one in (data, others)
    )
    if asked := settings["windows"]:
        for place in asked:
            if place not in places and place not in elsewhere:
                some = ", ".join([*places, *elsewhere][::-1][:4])
                raise UserError(
                    f"enhancement.figures.windows: {place!r} is no test window; allowed: {some}, …"
                )
        return np.array([places[place] for place in asked if place in places], int)
    both = [row for place, row in places.items() if place in elsewhere]
    rows = np.array(sorted(both or places.values()), int)
    number = min(settings["examples"], len(rows))
    # spread over the part, the first and last ones not at its borders
    return rows[((np.arange(number) + 0.5) / max(number, 1) * len(rows)).astype(int)]


def window_table(
    data: EnhancementData, row: int, number: int, predictions: dict[str, np.ndarray]
) -> pd.DataFrame:
    """Upper triangle of a window's maps, a column per source; empty where a source is cropped."""
    n = data.window_bins
    i, j = np.triu_indices(n)
    table = pd.DataFrame({"i": i, "j": j})
    for name, value in {
        "window": number, "map": data.map[row], "chrom": data.chrom[row],
        "start": data.start[row], "part": data.part[row], "input": data.input[row],
        "resolution": data.resolution,
    }.items():  # fmt: skip
        table[name] = value
    table = table[KEYS]
    for name in data.maps:
        table[name] = data.maps_of(name, [row])[0][i, j]
    for name, values in predictions.items():
        whole = np.full((n, n), np.nan, "float32")
        crop = (n - len(values)) // 2
        whole[crop : crop + len(values), crop : crop + len(values)] = values
        table[name] = whole[i, j]
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
                log.info("%s: no prediction of %s", name, place_of(data, row))
    tables = [window_table(data, row, n, maps) for n, (row, maps) in enumerate(found.items())]
    log.info("%d windows of kind %s", len(tables), data.kind)
    return pd.concat(tables) if tables else pd.DataFrame(columns=[*KEYS, *data.maps])


def main(
    datasets: tuple[str, str], predictions: dict[str, str], *, settings: dict, out: tuple[str, str]
) -> None:
    """Write the example windows of both datasets.

    Parameters
    ----------
    datasets
        sequence.h5 and image.h5.
    predictions
        Model → predictions of one seed, of windows of either kind.
    settings
        Config section `enhancement.figures`.
    out
        A TSV for each dataset (`tabulate`), in the maps' units.
    """
    with EnhancementData(datasets[0]) as one, EnhancementData(datasets[1]) as two:
        for data, others, path in ((one, two, out[0]), (two, one, out[1])):
            table = tabulate(data, choose_rows(data, others, settings), predictions)
            with atomic_path(path) as temporary:
                table.to_csv(
                    temporary, sep="\t", index=False, float_format="%.4f",
                    compression={"method": "gzip", "mtime": 0, "compresslevel": 6},
                )  # fmt: skip


if __name__ == "__main__":
    run_script(
        main,
        snakemake,
        datasets=(snakemake.input.sequence, snakemake.input.image),
        predictions=dict(zip(snakemake.params.models, snakemake.input.predictions, strict=True)),
        out=(snakemake.output.sequence, snakemake.output.image),
    )
