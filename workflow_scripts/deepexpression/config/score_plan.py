"""Which predictions are scored, and which learning curves are drawn."""

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
