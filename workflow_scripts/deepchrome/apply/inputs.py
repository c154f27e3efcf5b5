"""What a bundle of DeepChrome reads: planning its use on a cell, and checks of the cell's marks.

The rules read this module, so it imports nothing heavy.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from workflow_scripts.chromaloom.ml.bundles import Application, Bundle, check_same
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.config.plan import CellPlan, cell_sources, check_signal
from workflow_scripts.signal.plan import UNITS

# Inputs that are the same for all marks: name and fix
COMPARED = {
    "bin_size": "bin size (bp); set tss_bins.bin_size: {}",
    "n_bins": "number of bins; set tss_bins.n_bins: {}",
    "orient": "orientation by strand; set tss_bins.orient: {}",
}
ASSEMBLY = {
    "assembly": "assembly; use data on {0}, name the assembly {0} in the sheet and in assemblies"
    " if it is the same, or set any_assembly: true (`make apply`: ANY_ASSEMBLY=1)"
}


@dataclass(frozen=True)
class MarksPlan:
    """Sources of the marks of one entry of `apply`.

    bundle: the model. cell: `CellPlan` of the marks. match_depth: whether counts are scaled.
    unknown: names of inputs that could not be compared.
    """

    bundle: Bundle
    cell: CellPlan
    match_depth: bool
    unknown: list[str]


def plan_application(
    application: Application,
    samples: pd.DataFrame,
    runs: pd.DataFrame,
    tss_bins: Mapping,
    counted: Collection[str],
    where: str,
) -> MarksPlan:
    """Plan the use of a bundle on the marks of a cell.

    Parameters
    ----------
    application
        Entry of the config section `apply`.
    samples, runs
        Sample sheet and run sheet.
    tss_bins
        Config section of that name.
    counted
        Samples whose signal around transcription starts is counted.
    where
        Config file and key of the entry, for messages.

    Raises
    ------
    UserError
        The cell is not in the sheet, lacks a mark, or its bins, orientation, unit or assembly are
        not those of the bundle.
    """
    bundle, settings = application.bundle, application.settings
    name, marks = settings["cell"], bundle.inputs["marks"]
    own = samples[samples.cell == name]
    if own.empty:
        raise UserError(
            f"{where}.cell: {name!r} is not in the sample sheet; available:"
            f" {', '.join(dict.fromkeys(samples.cell))}"
        )
    if settings["match_depth"] and not bundle.inputs["mean_per_bin"]:
        raise UserError(
            f"{where}.match_depth: set with a bundle that does not know the depth of its training"
            f" data ({bundle.folder}); expected: mean_per_bin of each mark; fix: remove match_depth"
        )
    cell = cell_sources(own, runs, marks, {})
    if cell.tables:
        # bins and assembly of a table of marks are not known
        return MarksPlan(bundle, cell, settings["match_depth"], ["bin size (bp)", "assembly"])
    available = {mark for _, mark in cell.signal}
    if missing := [mark for mark in marks if mark not in available]:
        raise UserError(
            f"{where}: cell {name!r} lacks {', '.join(missing)}, which the bundle reads"
            f" ({bundle.folder}); expected: samples of {', '.join(marks)}; available:"
            f" {', '.join(sorted(set(own.target[own.assay == 'ChIP-seq']))) or 'none'};"
            " fix: add them to the sheets, or use a bundle of other marks"
        )
    check_signal(cell, samples, runs, counted, where, name, "the marks of the bundle")
    unknown = check_same(bundle, tss_bins, COMPARED, where)
    if not settings["any_assembly"]:
        found = {"assembly": samples.assembly[cell.signal[0][0]]}
        unknown += check_same(bundle, found, ASSEMBLY, where)
    kinds = dict(zip(runs["sample"], runs.kind, strict=True))
    for sample, mark in cell.signal:
        check_unit(bundle, mark, UNITS[kinds[sample]], where, f"sample {sample!r}")
        if settings["match_depth"] and UNITS[kinds[sample]] != "reads":
            raise UserError(
                f"{where}.match_depth: sample {sample!r} enters as {kinds[sample]}; expected:"
                " reads, whose counts depend on the depth; fix: remove match_depth"
            )
    return MarksPlan(bundle, cell, settings["match_depth"], unknown)


def check_unit(bundle: Bundle, mark: str, unit: str, where: str, source: str) -> bool:
    """Refuse a mark in another unit than the bundle's; whether both are known.

    Of peaks the unit follows from the file (`peak signal`, `peak coverage`), so that `peaks` stands
    for either.
    """
    wanted = (bundle.inputs["unit"] or {}).get(mark)
    if not unit or not wanted:
        return False
    either = unit == "peaks" and wanted.startswith("peak ")
    if unit != wanted and not either:
        raise UserError(
            f"{where}: {source}: {mark} is in unit {unit!r}, in the bundle {wanted!r}"
            f" ({bundle.folder}); expected: the same; fix: use files of a kind that gives {wanted}"
        )
    return True
