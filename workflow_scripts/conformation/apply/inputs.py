"""What a bundle of Conformation reads: planning its use on the profiles of a cell.

The rules read this module, so it imports nothing heavy.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from workflow_scripts.chromaloom.ml.bundles import Application, Bundle, check_same
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.config.plan import profile_samples

# Networks that predict the map of a window from a receptive field of 3w bins, and models of pairs
WINDOW_MODELS = ("forward", "linear")
PAIR_MODELS = ("pairwise", "ridge")
MODELS = (*WINDOW_MODELS, *PAIR_MODELS)
COMPARED = {
    "signal_value": "value of the tracks; set signal.value: {}",
    "over_control": "ratio over the control; set signal.over_control: {}",
}
ASSEMBLY = {
    "assembly": "assembly; use data on {0}, name the assembly {0} in the sheet and in assemblies if"
    " it is the same, or set any_assembly: true"
}


@dataclass(frozen=True)
class ProfilePlan:
    """Sources of the profiles of one entry of `apply`.

    bundle: the model. assembly: genome of the cell. samples, factors: samples, and the factor of
    each, in the order of the bundle. regions: where the map is predicted; empty for everywhere.
    """

    bundle: Bundle
    assembly: str
    samples: list[str]
    factors: list[str]
    regions: list[str]


def min_region_bins(bundle: Bundle) -> int:
    """Bins that a region must have for the model to predict a pixel of it."""
    return 3 * bundle.inputs["window"] if bundle.facts["model"] in WINDOW_MODELS else 2


def plan_application(
    application: Application, samples: pd.DataFrame, signal: dict[str, Any], where: str
) -> ProfilePlan:
    """Plan the use of a bundle on the profiles of a cell.

    Parameters
    ----------
    application
        Entry of the config section `apply`.
    samples
        Sample sheet, indexed by sample.
    signal
        Config section of that name.
    where
        Config file and key of the entry, for messages.

    Raises
    ------
    UserError
        The model is unknown; the cell is not in the sheet, lacks a factor or has samples of two
        assemblies; or its tracks or assembly are not those of the bundle.
    """
    bundle, settings = application.bundle, application.settings
    if bundle.facts["model"] not in MODELS:
        raise UserError(
            f"{where}.bundle: model {bundle.facts['model']!r} ({bundle.folder}/model.yaml);"
            f" expected: {', '.join(MODELS)}"
        )
    factors, cell = bundle.inputs["factors"], settings["cell"]
    own = samples[samples.cell == cell]
    found = profile_samples(own, {"profiles": factors})
    if missing := [factor for factor in factors if factor not in dict(found)]:
        raise UserError(
            f"{where}: cell {cell!r} lacks {', '.join(missing)}, which the bundle reads"
            f" ({bundle.folder}); expected: samples of {', '.join(factors)}; available:"
            f" {', '.join(sorted(set(own.target) - {''})) or 'none'}"
        )
    names = [name for _, group in found for name in group]
    assemblies = list(dict.fromkeys(samples.assembly[names]))
    if len(assemblies) > 1:
        raise UserError(
            f"{where}: the profiles of cell {cell!r} are of assemblies {', '.join(assemblies)};"
            " expected: one"
        )
    given = {"signal_value": signal["value"], "over_control": signal["over_control"]}
    check_same(bundle, given, COMPARED, where)
    if not settings["any_assembly"]:
        check_same(bundle, {"assembly": assemblies[0]}, ASSEMBLY, where)
    each = [factor for factor, group in found for _ in group]
    return ProfilePlan(bundle, assemblies[0], names, each, list(settings["regions"]))
