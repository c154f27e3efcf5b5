"""What a run of DeepExpression consists of: cells, baselines, networks, motif sets and tables.

The rules import this module before any job runs, so it needs nothing beyond pandas.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.data.folds import parse_scheme

TASK_BASELINES = {
    "classification": ("logistic", "svm", "random_forest", "loop_sum", "other_cells_mean"),
    "regression": ("linear", "lasso", "ridge", "random_forest", "loop_sum", "other_cells_mean"),
}
# baselines that do not read the promoter sequence
NO_SEQUENCE = ("loop_sum", "other_cells_mean")
# baselines that one job fits, because they share intermediate results
FAMILIES = {
    "linear": ("logistic", "svm", "linear", "lasso", "ridge"),
    "forest": ("random_forest",),
    "simple": ("loop_sum", "other_cells_mean"),
}
CROSS_TASKS = ("regression",)  # Zeng 2018, Figure 5

SHUFFLED = "_shuffled"
SEQUENCE, FULL, HICHIP = "seq", "full", "hichip_only"
# predictions of the full model with one input blanked; they need no networks of their own
ABLATED = ("full_without_promoter", "full_without_hichip")

# model whose first layer each kind of motif set is read from
MOTIF_MODELS = {"trained": SEQUENCE, "untrained": SEQUENCE, "shuffled": SEQUENCE + SHUFFLED}
LEARNING_MODELS = (SEQUENCE, FULL, HICHIP)  # models whose learning curves are drawn

# cell, task, cross-validation scheme, model and seed
Run = tuple[str, str, str, str, int]


@dataclass(frozen=True)
class CellPlan:
    """Data sources of a cell: its genome ('' for none) and whether it has HiChIP."""

    assembly: str
    hichip: bool


def plan_cells(
    samples: pd.DataFrame, settings: dict, assemblies: dict, resolution: int, where: str
) -> dict[str, CellPlan]:
    """Plan the cells named in the config, or every cell of the sample sheet that has RNA-seq.

    Parameters
    ----------
    samples
        The sample sheet.
    settings, where
        Config section `deepexpression`; config file and section, for error messages.
    assemblies
        The config's genomes.
    resolution
        Bin size of the loops (bp).

    Raises
    ------
    UserError
        A cell is not in the sheet or lacks RNA-seq, no cell has RNA-seq, the cells are of several
        genomes, promoters or gene coordinates are missing, the HiChIP window is no multiple of the
        bins, or a gapped k-mer has more informative bases than bases.
    """
    baselines = settings["baselines"]
    if baselines["informative_bases"] > baselines["kmer_length"]:
        raise UserError(
            f"{where}.baselines.informative_bases: more than the k-mer has"
            f" ({baselines['informative_bases']}); expected: at most kmer_length"
            f" ({baselines['kmer_length']}); fix: lower informative_bases or raise kmer_length"
        )
    known = list(dict.fromkeys(samples.cell))
    with_rna = list(dict.fromkeys(samples.cell[samples.assay == "RNA-seq"]))
    for cell in settings["cells"]:
        if cell not in known:
            raise UserError(
                f"{where}.cells: {cell!r} is not in the sample sheet; expected: one of"
                f" {', '.join(known)}; fix: correct the name or add the cell's samples"
            )
        if cell not in with_rna:
            raise UserError(
                f"{where}.cells: {cell!r} has no RNA-seq sample; expected: one of"
                f" {', '.join(with_rna) or 'none'}; fix: remove the cell or add its RNA-seq"
            )
    cells = settings["cells"] or with_rna
    if not cells:
        raise UserError(
            f"{where}.cells: no cell of the sample sheet has RNA-seq; expected: at least one; fix:"
            " add RNA-seq samples, or remove deepexpression from papers"
        )
    used = samples[samples.cell.isin(cells) & samples.assay.isin(("RNA-seq", "HiChIP"))]
    genomes = list(dict.fromkeys(name for name in used.assembly if name))
    if len(genomes) > 1:
        raise UserError(
            f"{where}.cells: {', '.join(cells)} belong to assemblies {', '.join(genomes)};"
            " expected: one assembly, because genes are matched across cells; fix: one run for each"
            " assembly"
        )
    assembly = genomes[0] if genomes else ""
    hichip = set(used.cell[used.assay == "HiChIP"])
    _check_sources(settings, assemblies.get(assembly, {}), assembly, bool(hichip), where)
    if hichip and (half_width := settings["hichip"]["half_width"]) % resolution:
        raise UserError(
            f"{where}.hichip.half_width: not a multiple of the bin size ({half_width}); expected: a"
            f" multiple of loops.resolution ({resolution}); fix: change one of the two"
        )
    return {cell: CellPlan(assembly=assembly, hichip=cell in hichip) for cell in cells}


def _check_sources(settings: dict, genome: dict, name: str, hichip: bool, where: str) -> None:
    """Check that promoters and, where needed, gene coordinates are available."""
    promoters = settings["promoters"]
    if promoters["fasta"]:
        if hichip and not promoters["tss"]:
            raise UserError(
                f"{where}.promoters.tss: empty, but cells have HiChIP; expected: a table of"
                " transcription start sites; fix: set promoters.tss"
            )
        return
    if promoters["tss"]:
        raise UserError(
            f"{where}.promoters.tss: set without promoters.fasta ({promoters['tss']}); expected:"
            " both or neither; fix: set promoters.fasta or remove tss"
        )
    if lacking := [key for key in ("fasta", "gtf") if not genome.get(key)]:
        raise UserError(
            f"{where}.promoters.fasta: empty, and the cells' assembly {name!r} has no"
            f" {' and no '.join(lacking)}; expected: promoters from one of the two; fix: set"
            f" promoters.fasta, or {' and '.join(lacking)} of the assembly"
        )


@dataclass(frozen=True)
class BaselinePlan:
    """Baselines that one job fits, in every cross-validation scheme.

    models: by (cell, task), including MODEL_seq and MODEL_shuffled; crossed: by (task, model), the
    cells between which the model is transferred (two or more).
    """

    models: list[tuple[tuple[str, str], list[str]]]
    crossed: list[tuple[tuple[str, str], list[str]]]

    def predictions(self, folder: str) -> list[str]:
        """Prediction tables within cells, with wildcard {scheme}, in the order of `models`."""
        return [
            f"{folder}/predictions/{cell}/{task}.{{scheme}}.{name}.seed0.tsv.gz"
            for (cell, task), names in self.models
            for name in names
        ]

    def cross(self, folder: str) -> list[str]:
        """Prediction tables across cells, in the order of `crossed`."""
        return [
            f"{folder}/cross/{task}.{{scheme}}.{name}.seed0.tsv.gz"
            for (task, name), _ in self.crossed
        ]


def plan_baselines(
    settings: dict, cells: dict[str, CellPlan], family: tuple[str, ...]
) -> BaselinePlan:
    """Plan the baselines of one job: those of `family` that the config lists.

    A cell without HiChIP has no loop_sum, and a run with one cell no other_cells_mean. Only fitted
    regression models are transferred across cells (Zeng 2018, Figure 5).
    """
    chosen, models = settings["baselines"], []
    for cell, sources in cells.items():
        for task in settings["tasks"]:
            plain = [m for m in TASK_BASELINES[task] if m in family and m in chosen["models"]]
            if not sources.hichip:
                plain = [m for m in plain if m != "loop_sum"]
            if len(cells) == 1:
                plain = [m for m in plain if m != "other_cells_mean"]
            variants = list(plain)
            if sources.hichip:
                alone = [m for m in plain if m in chosen["sequence_only"] and m not in NO_SEQUENCE]
                variants += [f"{m}_seq" for m in alone]
            shuffled = [m for m in plain if m in chosen["shuffled"] and m != "other_cells_mean"]
            variants += [f"{m}{SHUFFLED}" for m in shuffled]
            if variants:
                models.append(((cell, task), variants))
    return BaselinePlan(models, _crossed(models, cells))


def _crossed(models: list, cells: dict[str, CellPlan]) -> list:
    """Cells of each model that have the same features, where there are two or more."""
    found: dict[tuple[str, str], list[str]] = {}
    for (cell, task), names in models:
        for name in names:
            excluded = name.endswith(SHUFFLED) or name == "other_cells_mean"
            if task in CROSS_TASKS and not excluded:
                found.setdefault((task, name), []).append(cell)
    for (_, name), members in found.items():
        with_loops = [cell for cell in members if cells[cell].hichip]
        # cells with and without HiChIP have different features
        if with_loops and not name.endswith("_seq"):
            members[:] = with_loops
    return [(key, members) for key, members in found.items() if len(members) > 1]


@dataclass(frozen=True)
class NetworkPlan:
    """Networks of a run; a cell without HiChIP has only the sequence model.

    stage_two: models trained on the vectors of the promoter networks; predicted: all models of a
    cell with HiChIP; seeds, control_seeds: of these models, and of `seq` and `full` on shuffled
    expression.
    """

    stage_two: list[str]
    predicted: list[str]
    seeds: list[int]
    control_seeds: list[int]

    def of_cell(self, cell: CellPlan, *, shuffled: bool = True) -> dict[str, list[int]]:
        """Seeds of every model of a cell that makes predictions; with controls if `shuffled`."""
        models = self.predicted if cell.hichip else [SEQUENCE]
        controls = [FULL, SEQUENCE] if cell.hichip else [SEQUENCE]
        found = dict.fromkeys(models, self.seeds)
        if shuffled and self.control_seeds:
            found |= {f"{model}{SHUFFLED}": self.control_seeds for model in controls}
        return found


def plan_networks(settings: dict, resolution: int, where: str) -> NetworkPlan:
    """Plan the networks of a run.

    Parameters
    ----------
    settings, where
        Config section `deepexpression`; config file and section, for error messages.
    resolution
        Bin size of the loops (bp).

    Raises
    ------
    UserError
        A window is no multiple of the bins and of 1 kb, or wider than hichip.half_width.
    """
    largest, windows = settings["hichip"]["half_width"], []
    for half in settings["hichip_windows"]:
        if half % resolution or half % 1000 or half > largest:
            raise UserError(
                f"{where}.hichip_windows: {half} is not allowed; expected: multiples of 1000 and of"
                f" loops.resolution ({resolution}) up to hichip.half_width ({largest}); fix: change"
                " or remove the value"
            )
        if half < largest:  # the full model has the largest window
            windows.append(f"{FULL}_{half // 1000}kb")
    stage_two = [FULL, HICHIP, *windows]
    return NetworkPlan(
        stage_two=stage_two,
        predicted=[SEQUENCE, *stage_two, *ABLATED],
        seeds=settings["seeds"],
        control_seeds=list(range(1, settings["shuffled_controls"] + 1)),
    )


def plan_cross(cells: dict[str, CellPlan], tasks: list[str]) -> list[tuple[str, str, list[str]]]:
    """Task, model and cells of each table of predictions across cells; empty for one cell."""
    with_hichip = [cell for cell, plan in cells.items() if plan.hichip]
    found = [(SEQUENCE, list(cells)), (FULL, with_hichip), (HICHIP, with_hichip)]
    return [(task, model, names) for task in tasks for model, names in found if len(names) > 1]


def choose_names(wanted: list[str], available: Iterable[str], where: str) -> list[str]:
    """Names that the config lists, or all that are available if it lists none.

    Raises
    ------
    UserError
        A name is not available.
    """
    available = list(available)
    for name in wanted:
        if name not in available:
            raise UserError(
                f"{where}: {name!r} is not available; expected: {', '.join(available) or 'none'};"
                " fix: correct or remove the name"
            )
    return wanted or available


def choose_main_scheme(settings: dict, where: str) -> str:
    """The scheme that published values are compared with: `main_scheme`, or the first scheme.

    Raises
    ------
    UserError
        `main_scheme` is not among `cv_schemes`.
    """
    schemes, wanted = settings["cv_schemes"], settings["main_scheme"]
    return choose_names([wanted] if wanted else schemes[:1], schemes, f"{where}.main_scheme")[0]


def check_folds(folds: list[int], scheme: str, where: str) -> None:
    """Check that a cross-validation scheme has these folds."""
    n_folds = parse_scheme(scheme)[1]
    if beyond := [fold for fold in folds if fold >= n_folds]:
        raise UserError(
            f"{where}: {scheme} has no fold {beyond[0]}; expected: 0 to {n_folds - 1}; fix: change"
            " or remove the number"
        )


def choose_subsets(
    settings: dict,
    cells: Mapping[str, CellPlan],
    with_genes: Collection[str],
    main: str,
    where: str,
) -> tuple[list[str], list[str], list[str], list[str]]:
    """Cells with shuffled controls, cells and tasks of motifs, and cells of enhancer motifs.

    Parameters
    ----------
    settings, cells
        The config's section, and its cells.
    with_genes
        Cells whose genome has a gene annotation, which enhancer windows need.
    main
        Scheme whose folds the motifs are taken from.
    where
        Config file and section, for messages.

    Raises
    ------
    UserError
        A name that is not available, or a fold that the scheme lacks.
    """
    motifs, enhancers = settings["motifs"], settings["enhancer_motifs"]
    check_folds(motifs["folds"], main, f"{where}.motifs.folds")
    usable = [cell for cell, plan in cells.items() if plan.hichip and cell in with_genes]
    return (
        choose_names(settings["shuffled_cells"], cells, f"{where}.shuffled_cells"),
        choose_names(motifs["cells"], cells, f"{where}.motifs.cells"),
        choose_names(motifs["tasks"], settings["tasks"], f"{where}.motifs.tasks"),
        choose_names(enhancers["cells"], usable, f"{where}.enhancer_motifs.cells"),
    )


def motif_sets(
    cells: list[str],
    tasks: list[str],
    controls: list[str],
    cell_models: Mapping[str, Mapping[str, list[int]]],
    seed: int,
) -> list[tuple[str, str, str]]:
    """(cell, task, kind) of each motif set.

    A set has a control of shuffled expression if `cell_models`, the seeds of each model by cell,
    has that network with `seed`.
    """
    sets = []
    for cell in cells:
        shuffled = seed in cell_models[cell].get("seq_shuffled", [])
        kinds = ["trained"]
        kinds += ["untrained"] if "untrained" in controls else []
        kinds += ["shuffled"] if "shuffled" in controls and shuffled else []
        sets += [(cell, task, kind) for task in tasks for kind in kinds]
    return sets


def enhancer_peaks(
    samples: pd.DataFrame, with_peaks: Collection[str], cell: str, targets: list[str]
) -> list[str]:
    """Samples whose peaks are a cell's enhancers: those of the first target that has peaks."""
    own = [name for name in samples.index[samples.cell == cell] if name in with_peaks]
    for target in targets:
        if found := [name for name in own if samples.target[name] == target]:
            return found
    return []


def scored_runs(
    cell_models: dict[str, dict[str, list[int]]],
    baselines: Iterable[BaselinePlan],
    tasks: list[str],
    schemes: list[str],
) -> list[Run]:
    """Every table of predictions within a cell: networks, then baselines.

    `cell_models` has the seeds of each model by cell.
    """
    found = [
        (cell, task, scheme, model, seed)
        for cell, models in cell_models.items()
        for task in tasks
        for scheme in schemes
        for model, seeds in models.items()
        for seed in seeds
    ]
    found += [
        (cell, task, scheme, model, 0)  # baselines have seed 0
        for plan in baselines
        for (cell, task), models in plan.models
        for scheme in schemes
        for model in models
    ]
    return found


def cross_runs(
    networks: Iterable[tuple[str, str, list[str]]],
    baselines: Iterable[BaselinePlan],
    scheme: str,
    seeds: list[int],
) -> list[tuple[str, str, str, int]]:
    """(task, scheme, model, seed) of every table of predictions across cells, in one scheme."""
    found = [(task, scheme, model, seed) for task, model, _ in networks for seed in seeds]
    return found + [
        (task, scheme, model, 0) for plan in baselines for (task, model), _ in plan.crossed
    ]


def learning_runs(
    cell_models: dict[str, dict[str, list[int]]], tasks: list[str]
) -> list[tuple[str, str, str, int]]:
    """(cell, task, model, seed) of the networks whose learning curves are drawn."""
    return [
        (cell, task, model, seed)
        for cell, models in cell_models.items()
        for task in tasks
        for model in LEARNING_MODELS
        for seed in models.get(model, ())
    ]
