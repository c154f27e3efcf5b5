"""What the label-order study of a run consists of; no heavy imports, for the rules file."""

from workflow_scripts.chromaloom.workflow.errors import UserError

ORDERS = ("numeric", "lexicographic")


def other_order(order: str) -> str:
    """Name the order of comparison that a run's config did not choose."""
    return ORDERS[order == "numeric"]


def plan_label_orders(settings: dict, plans: dict, where: str) -> list[str]:
    """Cells to train under the other order.

    Parameters
    ----------
    settings
        The config's section `label_order_study`.
    plans
        `CellPlan` of each cell of the run.
    where
        Config file and section, for messages.

    Raises
    ------
    UserError
        Cells without a matrix, a cell that is not in the run, one without expression to relabel.
    """
    if settings["cells"] and not settings["matrix"]:
        raise UserError(f"{where}: cells are named, but no matrix; both are needed")
    for cell in settings["cells"]:
        if cell not in plans:
            raise UserError(
                f"{where}.cells: {cell!r} is no cell of the run; there: {', '.join(plans)}"
            )
        if not plans[cell].expression:
            raise UserError(f"{where}.cells: {cell!r} has no expression to take labels from")
    return settings["cells"]
