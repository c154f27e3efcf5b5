"""The models of a run, the seeds of each, and which of them one job trains."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflow_scripts.conformation.config.plan import CellPlan

Runs = list[tuple[str, int]]  # model and seed
# Models that predict a map from the profiles of any cell
APPLICABLE = ("forward", "linear", "forward_pairwise", "ridge")


@dataclass(frozen=True)
class ModelPlan:
    """Models and seeds.

    Attributes
    ----------
    window
        Seeds of the networks that predict maps of windows.
    edit
        Seeds of the models that predict edits.
    forward, controls, pairwise
        (model, seed) of the networks that one job trains; the other networks wait for the forward
        ones.
    maps
        (model, seed) of all predicted maps.
    cell_maps, cell_seeds
        (cell, model, seed) and (cell, seed) of the whole run.
    """

    window: dict[str, list[int]]
    edit: dict[str, list[int]]
    forward: Runs
    controls: Runs
    pairwise: Runs
    maps: Runs
    cell_maps: list[tuple[str, str, int]]
    cell_seeds: list[tuple[str, int]]


def plan_models(seeds: list[int], shuffled_controls: int, cells: Iterable[str]) -> ModelPlan:
    """Plan the models of all cells.

    Parameters
    ----------
    seeds, shuffled_controls
        The config's seeds, and its number of controls with shuffled profiles.
    cells
        Names of the cells.
    """
    shuffled = list(range(1, shuffled_controls + 1))
    window = {
        "forward": seeds,
        "linear": seeds,
        "forward_shuffled": shuffled,
        "linear_shuffled": shuffled,
    }
    # ridge regression is deterministic; the seed of its control shuffles the bins
    pair = {
        "forward_pairwise": seeds,
        "ridge": [0],
        "forward_pairwise_shuffled": shuffled,
        "ridge_shuffled": shuffled,
    }
    backward = {"forward_from_backward": seeds, "forward_from_smoothed": seeds}
    maps = _runs({"mean": [0], **window, **backward, **pair})
    return ModelPlan(
        window=window,
        edit=dict.fromkeys(("forward", "forward_pairwise"), seeds),
        forward=[("forward", seed) for seed in seeds],
        controls=[run for run in _runs(window) if run[0] != "forward"],
        pairwise=[run for run in _runs(pair) if not run[0].startswith("ridge")],
        maps=maps,
        cell_maps=[(cell, *run) for cell in cells for run in maps],
        cell_seeds=[(cell, seed) for cell in cells for seed in seeds],
    )


def comparable_cells(cells: Mapping[str, CellPlan]) -> list[str]:
    """Cells whose factors are those of another cell, in any order."""
    factors = {cell: frozenset(plan.factors) for cell, plan in cells.items()}
    return [cell for cell in cells if list(factors.values()).count(factors[cell]) > 1]


def _runs(models: dict[str, list[int]]) -> Runs:
    return [(model, seed) for model, seeds in models.items() for seed in seeds]
