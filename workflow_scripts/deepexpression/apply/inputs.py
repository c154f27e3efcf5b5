"""What a bundle of DeepExpression reads: planning its use on promoters and loops.

The rules read this module, so it imports nothing heavy.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.chromaloom.io.files import open_text
from workflow_scripts.chromaloom.ml.bundles import Application, Bundle, check_same
from workflow_scripts.chromaloom.workflow.errors import UserError

FOLDS = "folds.tsv"  # of a bundle: the genes of the training run, and their fold
COMPARED = {"resolution": "bin size of the loops (bp); set loops.resolution: {}"}
ASSEMBLY = {
    "assembly": "assembly; use data on {0}, name the assembly {0} in the config and the sheets if"
    " it is the same, or set any_assembly: true (`make apply`: ANY_ASSEMBLY=1)"
}


@dataclass(frozen=True)
class PromoterPlan:
    """Sources of the input of one entry of `apply`.

    bundle: the model. fasta: FASTA of promoters, empty if they are cut from the genome. assembly:
    the genome, empty for a FASTA. cell: cell whose loops are read, empty for none.
    """

    bundle: Bundle
    fasta: str
    assembly: str
    cell: str


def plan_application(
    application: Application,
    samples: pd.DataFrame,
    assemblies: Mapping[str, Mapping[str, Any]],
    loop_cells: Collection[str],
    resolution: int,
    where: str,
) -> PromoterPlan:
    """Plan the use of a bundle on promoters of a FASTA or a genome, and on the loops of a cell.

    Parameters
    ----------
    application
        Entry of the config section `apply`.
    samples
        Sample sheet.
    assemblies
        The config's genomes.
    loop_cells
        Cells with HiChIP.
    resolution
        Bin size of the run's loops (bp).
    where
        Config file and key of the entry, for messages.

    Raises
    ------
    UserError
        There is no source of promoters or of the loops that the model reads, or they are other ones
        than the bundle's.
    """
    bundle, settings = application.bundle, application.settings
    hichip, cell, fasta = bundle.inputs["hichip"], settings["cell"], settings["fasta"]
    if hichip and cell not in loop_cells:
        raise UserError(
            f"{where}.cell: {cell!r} has no HiChIP sample, and the model of the bundle reads loops"
            f" ({bundle.folder}); expected: one of {', '.join(loop_cells) or 'none in the sheet'};"
            " fix: add its HiChIP, or use a bundle of model seq"
        )
    if fasta and (hichip or settings["assembly"]):
        raise UserError(
            f"{where}.fasta: set with {'a model that reads loops' if hichip else 'assembly'};"
            " expected: promoters from one source, and for loops from a genome; fix: remove fasta"
        )
    if fasta:
        check_length(bundle, fasta, f"{where}.fasta")
        return PromoterPlan(bundle, fasta, "", "")
    own = samples[(samples.cell == cell) & (samples.assembly != "")]
    if hichip:
        own = own[own.assay == "HiChIP"]
    assembly = settings["assembly"] or next(iter(own.assembly), "")
    if lacking := [key for key in ("fasta", "gtf") if not assemblies.get(assembly, {}).get(key)]:
        raise UserError(
            f"{where}: no promoters: assembly {assembly!r} has no {' and no '.join(lacking)};"
            " expected: assembly, a key of assemblies with both, or fasta, a file of promoters"
        )
    if hichip:
        check_same(bundle, {"resolution": resolution}, COMPARED, where)
    if not settings["any_assembly"]:
        check_same(bundle, {"assembly": assembly}, ASSEMBLY, where)
    return PromoterPlan(bundle, "", assembly, cell if hichip else "")


def check_length(bundle: Bundle, fasta: str, where: str) -> None:
    """Refuse a FASTA whose first sequence has not the length of the bundle's promoters.

    The job checks the other ones, and a file that is not there yet.
    """
    if not Path(fasta).is_file():
        return
    wanted, found = 2 * bundle.inputs["half_width"], 0
    with open_text(fasta) as handle:
        if not next(handle, "").startswith(">"):
            return
        for line in handle:
            if line.startswith(">") or found > wanted:
                break
            found += len(line.strip())
    if found != wanted:
        length = f"more than {wanted}" if found > wanted else str(found)
        raise UserError(
            f"{where}: {fasta}: the first sequence has {length} bp, promoters of the bundle"
            f" {wanted} bp ({bundle.folder}); expected: the same; fix: cut {wanted} bp with the"
            " transcription start in the middle"
        )
