"""What the loaded workflow marks for the report, and under which labels."""

from collections.abc import Iterable

from snakemake.io import get_flag_value, is_flagged


def figure_items(rules: Iterable, targets: Iterable[str]) -> list[dict[str, str]]:
    """Figures that the report shows.

    Parameters
    ----------
    rules
        Rules of the workflow, as `workflow.rules` has them.
    targets
        Files that the report is made of.

    Returns
    -------
    list of dict
        Of every SVG file among the targets that a rule marks with `report(...)`: path, category,
        item and what (its labels), in the order of `targets`.
    """
    marked = {
        str(file): get_flag_value(file, "report")
        for rule in rules
        for file in rule.output
        if is_flagged(file, "report")
    }
    return [
        {
            "path": path,
            "category": marked[path].category,
            "item": marked[path].labels["item"],
            "what": marked[path].labels["what"],
        }
        for path in dict.fromkeys(targets)
        if path in marked and path.endswith(".svg")
    ]
