"""Which predictions are scored, and which figures a run has data for."""

from collections.abc import Iterable, Mapping, Sequence

from workflow_scripts.deepexpression.config.plan import BaselinePlan

Run = tuple[str, str, str, str, int]
# drawn by learning curves where they were trained
LEARNERS = ("seq", "full", "hichip_only")


def scored_runs(
    networks: Mapping[str, Mapping[str, Sequence[int]]],
    baselines: Iterable[BaselinePlan],
    tasks: Sequence[str],
    splits: Sequence[str],
) -> list[Run]:
    """(cell, task, split, model, seed) of every table of predictions within a cell.

    `networks` has the seeds of each cell's models; baselines have seed 0.
    """
    found = [
        (cell, task, split, model, seed)
        for cell, models in networks.items()
        for task in tasks
        for split in splits
        for model, seeds in models.items()
        for seed in seeds
    ]
    found += [
        (cell, task, split, model, 0)
        for plan in baselines
        for (cell, task), models in plan.models
        for split in splits
        for model in models
    ]
    return found


def cross_runs(
    networks: Iterable[tuple[str, str, list[str]]],
    baselines: Iterable[BaselinePlan],
    split: str,
    seeds: Sequence[int],
) -> list[tuple[str, str, str, int]]:
    """(task, split, model, seed) of every table of predictions across cells, of one split."""
    found = [(task, split, model, seed) for task, model, _ in networks for seed in seeds]
    return found + [
        (task, split, model, 0) for plan in baselines for (task, model), _ in plan.crossed
    ]


def learning_runs(
    networks: Mapping[str, Mapping[str, Sequence[int]]], tasks: Sequence[str]
) -> list[tuple[str, str, str, int]]:
    """(cell, task, model, seed) of the trainings that learning curves show."""
    return [
        (cell, task, model, seed)
        for cell, models in networks.items()
        for task in tasks
        for model in LEARNERS
        for seed in models.get(model, ())
    ]


def figure_names(
    *, tasks: Sequence[str], with_loops: Sequence[str], crossed: bool, windows: bool
) -> list[str]:
    """Tables and figures that the run has data for, but those of motifs.

    Parameters
    ----------
    tasks
        Of the run: Figure 3 needs classification, Figures 4 to 7 regression.
    with_loops
        Cells with HiChIP, which Figures 2 and 6 are about, and 7 where windows are tried.
    crossed
        Whether there are regressions across cells, for Figure 5.
    windows
        Whether the full model is trained on narrower windows, too.
    """
    regression = "regression" in tasks
    shown = {
        "table1": True,
        "fig1": True,
        "fig2a": with_loops,
        "fig2b": with_loops,
        "fig2c": with_loops,
        "fig3": "classification" in tasks,
        "fig4": regression,
        "fig5": regression and crossed,
        "fig6": regression and with_loops,
        "fig7": regression and with_loops and windows,
        "tests": True,
        "learning": True,
    }
    return [name for name, there in shown.items() if there]
