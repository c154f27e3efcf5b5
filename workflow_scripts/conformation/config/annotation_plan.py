"""What tells a cell's active bins and chromatin states: which samples, by which rule.

Imported by rules files: needs no more than pandas.
"""

from dataclasses import dataclass

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError


@dataclass(frozen=True)
class AnnotationPlan:
    """Sources of one cell's annotation.

    source: RNA-seq, PRO-seq or none; tracks: PRO-seq samples; states: state → its samples.
    """

    source: str
    tracks: list[str]
    states: dict[str, list[str]]

    @property
    def state_names(self) -> list[str]:
        """State of each of `state_samples`."""
        return [state for state, names in self.states.items() for _ in names]

    @property
    def state_samples(self) -> list[str]:
        """Segmentation samples of all states."""
        return [name for names in self.states.values() for name in names]


def plan_annotation(
    cell: str, samples: pd.DataFrame, genes: bool, settings: dict, where: str
) -> AnnotationPlan:
    """Choose the sources of a cell's annotation.

    Parameters
    ----------
    cell
        Name.
    samples
        The sample sheet.
    genes
        Whether the cell's assembly has a gene annotation; RNA-seq needs it.
    settings, where
        The config's section conformation.activity; config file and section, for messages.

    Raises
    ------
    UserError
        A source or a state that the config names and the cell lacks.
    """
    own = samples[samples.cell == cell]
    rna, pro = (list(own.index[own.assay == assay]) for assay in ("RNA-seq", "PRO-seq"))
    able = {"RNA-seq": bool(rna) and genes, "PRO-seq": bool(pro), "none": True}
    source = settings["source"]
    if source == "auto":
        source = next(name for name in able if able[name])
    if not able[source]:
        lack = "the assembly has no gtf" if rna and source == "RNA-seq" else "no such sample"
        raise UserError(
            f"{where}.source: {source} for cell {cell!r}: {lack}; allowed: auto,"
            f" {', '.join(name for name in able if able[name])}"
        )
    segments = own[own.assay == "segmentation"]
    there = list(dict.fromkeys(segments.target))
    if unknown := [name for name in settings["states"] if name not in there]:
        raise UserError(
            f"{where}.states: cell {cell!r} has no segmentation sample of target {unknown[0]!r};"
            f" there: {', '.join(there) or 'none'}"
        )
    chosen = settings["states"] or there
    states = {name: list(segments.index[segments.target == name]) for name in chosen}
    return AnnotationPlan(source, pro if source == "PRO-seq" else [], states)
