"""Which networks are trained on each cell, with which seeds, and what they are predicted for."""

from dataclasses import dataclass

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.config.plan import CellPlan

SHUFFLED = "_shuffled"
SEQUENCE, FULL, HICHIP = "seq", "full", "hichip_only"
# predictions of the full model with an input that says nothing; no networks of their own
ABLATED = ("full_without_promoter", "full_without_hichip")


@dataclass(frozen=True)
class NetworkPlan:
    """Models of a run; a cell without HiChIP has the sequence model only.

    stage_two : models trained on the promoter networks' vectors; predicted : all models of a cell
    with HiChIP; seeds, control_seeds : of the models, and of seq and full on shuffled expression.
    """

    stage_two: list[str]
    predicted: list[str]
    seeds: list[int]
    control_seeds: list[int]

    def of_cell(self, cell: CellPlan, *, shuffled: bool = True) -> dict[str, list[int]]:
        """Every model of a cell that has predictions, with its seeds; controls where `shuffled`."""
        models = self.predicted if cell.hichip else [SEQUENCE]
        controls = [FULL, SEQUENCE] if cell.hichip else [SEQUENCE]
        found = dict.fromkeys(models, self.seeds)
        if shuffled and self.control_seeds:
            found |= {f"{model}{SHUFFLED}": self.control_seeds for model in controls}
        return found


def plan_networks(settings: dict, resolution: int, where: str) -> NetworkPlan:
    """Models from the config's section `deepexpression`.

    Parameters
    ----------
    settings, where
        The section; config file and section, for messages.
    resolution
        Bin size (bp) of the loops.

    Raises
    ------
    UserError
        A window that is no multiple of the bins and of 1 kb, or wider than the reach.
    """
    reach, windows = settings["hichip"]["reach"], []
    for half in settings["windows"]:
        if half % resolution or half % 1000 or half > reach:
            raise UserError(
                f"{where}.windows: {half} is not allowed; allowed: multiples of 1000 and of"
                f" loops.resolution ({resolution}) up to hichip.reach ({reach})"
            )
        if half < reach:  # the whole reach is the full model
            windows.append(f"{FULL}_{half // 1000}kb")
    stage_two = [FULL, HICHIP, *windows]
    return NetworkPlan(
        stage_two=stage_two,
        predicted=[SEQUENCE, *stage_two, *ABLATED],
        seeds=settings["seeds"],
        control_seeds=list(range(1, settings["shuffled_controls"] + 1)),
    )


def plan_cross(cells: dict[str, CellPlan], tasks: list[str]) -> list[tuple[str, str, list[str]]]:
    """Task, model and cells of each table of predictions across cells; none of a single cell."""
    with_hichip = [cell for cell, plan in cells.items() if plan.hichip]
    found = [(SEQUENCE, list(cells)), (FULL, with_hichip), (HICHIP, with_hichip)]
    return [(task, model, names) for task in tasks for model, names in found if len(names) > 1]
