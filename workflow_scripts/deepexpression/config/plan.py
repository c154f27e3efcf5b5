"""Which cells DeepExpression runs on, where their data come from, and what is fitted to them."""

from dataclasses import dataclass

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError

TASK_BASELINES = {
    "classification": ("logistic", "svm", "random_forest", "loop_sum", "other_lines_mean"),
    "regression": ("linear", "lasso", "ridge", "random_forest", "loop_sum", "other_lines_mean"),
}
# features that have no sequence-only form
NO_SEQUENCE = ("loop_sum", "other_lines_mean")
# what is fitted together, since it shares what is computed from the features
FAMILIES = {
    "linear": ("logistic", "svm", "linear", "lasso", "ridge"),
    "forest": ("random_forest",),
    "simple": ("loop_sum", "other_lines_mean"),
}
CROSS_TASKS = ("regression",)


@dataclass(frozen=True)
class CellPlan:
    """Sources of one cell's data: its genome ('' where it has none), whether it has HiChIP."""

    assembly: str
    hichip: bool


def plan_cells(
    samples: pd.DataFrame, settings: dict, assemblies: dict, resolution: int, where: str
) -> dict[str, CellPlan]:
    """Plan the cells of the config, or every cell of the sheet that has RNA-seq.

    Parameters
    ----------
    samples
        The sheet.
    settings, where
        The config's section `deepexpression`; config file and section, for messages.
    assemblies
        The config's genomes.
    resolution
        Bin size (bp) of the loops.

    Raises
    ------
    UserError
        A cell that is not in the sheet or lacks RNA-seq, no cell at all, cells of several genomes,
        promoters that come from nowhere, HiChIP without places of genes, bins that do not fill
        the reach, or k-mers of fewer bases than are read of them.
    """
    if (kmer := settings["baselines"])["informative"] > kmer["kmer"]:
        raise UserError(
            f"{where}.baselines.informative: {kmer['informative']} bases of {kmer['kmer']} (kmer);"
            " allowed: as many or fewer"
        )
    known = list(dict.fromkeys(samples.cell))
    with_rna = list(dict.fromkeys(samples.cell[samples.assay == "RNA-seq"]))
    for cell in settings["cells"]:
        if cell not in known:
            there = ", ".join(known)
            raise UserError(f"{where}: cell {cell!r} is not in the sample sheet; there: {there}")
        if cell not in with_rna:
            raise UserError(
                f"{where}: cell {cell!r} lacks RNA-seq; cells that have it:"
                f" {', '.join(with_rna) or 'none'}"
            )
    cells = settings["cells"] or with_rna
    if not cells:
        raise UserError(f"{where}: no cell of the sample sheet has RNA-seq")
    used = samples[samples.cell.isin(cells) & samples.assay.isin(("RNA-seq", "HiChIP"))]
    genomes = list(dict.fromkeys(name for name in used.assembly if name))
    if len(genomes) > 1:
        raise UserError(
            f"{where}.cells: {', '.join(cells)} are of assemblies {', '.join(genomes)};"
            " allowed: one, since genes are matched across cells (a run for each)"
        )
    assembly = genomes[0] if genomes else ""
    hichip = set(used.cell[used.assay == "HiChIP"])
    _check_places(settings, assemblies.get(assembly, {}), assembly, bool(hichip), where)
    if hichip and settings["hichip"]["reach"] % resolution:
        raise UserError(
            f"{where}.hichip.reach: {settings['hichip']['reach']} is no multiple of"
            f" loops.resolution ({resolution})"
        )
    return {cell: CellPlan(assembly=assembly, hichip=cell in hichip) for cell in cells}


def _check_places(settings: dict, genome: dict, name: str, hichip: bool, where: str) -> None:
    """Refuse a run in which promoters or the genes' places are not to be had."""
    promoters = settings["promoters"]
    if promoters["fasta"]:
        if hichip and not promoters["tss"]:
            raise UserError(f"{where}.promoters.tss: empty; HiChIP needs the genes' places")
        return
    if promoters["tss"]:
        raise UserError(f"{where}.promoters.tss: goes with promoters.fasta, which is empty")
    if lacking := [key for key in ("fasta", "gtf") if not genome.get(key)]:
        raise UserError(
            f"{where}.promoters.fasta: empty, and the cells' assembly {name!r} has no"
            f" {' and no '.join(lacking)} to take promoters from"
        )


@dataclass(frozen=True)
class BaselinePlan:
    """What one job fits, for every division.

    models: by (cell, task), with the forms MODEL_seq and MODEL_shuffled; crossed: by (task, model),
    the cells that a model is fitted to and tried on crosswise, two or more.
    """

    models: list[tuple[tuple[str, str], list[str]]]
    crossed: list[tuple[tuple[str, str], list[str]]]

    def predictions(self, folder: str) -> list[str]:
        """Tables within a cell, with the wildcard {split}, in the order of `models`."""
        return [
            f"{folder}/predictions/{cell}/{task}.{{split}}.{name}.seed0.tsv.gz"
            for (cell, task), names in self.models
            for name in names
        ]

    def cross(self, folder: str) -> list[str]:
        """Tables across cells, in the order of `crossed`."""
        return [
            f"{folder}/cross/{task}.{{split}}.{name}.seed0.tsv.gz"
            for (task, name), _ in self.crossed
        ]


def plan_baselines(
    settings: dict, cells: dict[str, CellPlan], family: tuple[str, ...]
) -> BaselinePlan:
    """Plan the baselines of one job: those of `family` that the config names.

    A cell without HiChIP has no loop_sum, and none of a single cell has others to take a mean of.
    Across cells only regression is asked for (Zeng 2018, Figure 5), of what is learned.
    """
    chosen, models = settings["baselines"], []
    for cell, sources in cells.items():
        for task in settings["tasks"]:
            plain = [m for m in TASK_BASELINES[task] if m in family and m in chosen["models"]]
            if not sources.hichip:
                plain = [m for m in plain if m != "loop_sum"]
            if len(cells) == 1:
                plain = [m for m in plain if m != "other_lines_mean"]
            forms = list(plain)
            if sources.hichip:
                alone = [m for m in plain if m in chosen["sequence_only"] and m not in NO_SEQUENCE]
                forms += [f"{m}_seq" for m in alone]
            shuffled = [m for m in plain if m in chosen["shuffled"] and m != "other_lines_mean"]
            forms += [f"{m}_shuffled" for m in shuffled]
            if forms:
                models.append(((cell, task), forms))
    return BaselinePlan(models, _crossed(models, cells))


def _crossed(models: list, cells: dict[str, CellPlan]) -> list:
    """Cells of each model that have the same features, where they are two or more."""
    found: dict[tuple[str, str], list[str]] = {}
    for (cell, task), names in models:
        for name in names:
            plain = name.endswith("_shuffled") or name == "other_lines_mean"
            if task in CROSS_TASKS and not plain:
                found.setdefault((task, name), []).append(cell)
    for (_, name), members in found.items():
        with_loops = [cell for cell in members if cells[cell].hichip]
        # where cells with and without HiChIP meet, their features differ
        if with_loops and not name.endswith("_seq"):
            members[:] = with_loops
    return [(key, members) for key, members in found.items() if len(members) > 1]
