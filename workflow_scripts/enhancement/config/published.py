"""Networks published with their weights, and how their authors' code treats the input.

Imported by the rules: plain values only.
"""

from collections.abc import Mapping
from dataclasses import dataclass

WEIGHTS_FOLDER = "weights"  # of the files, in the folder of real data
DAE = "hicsr_dae"  # the denoising autoencoder of HiCSR's loss
DAE_FILE = "hicsr_DAE.pth"
RESOLUTION = 10_000  # bp; bins that all of them were trained on
REACH = 201  # diagonals, the main one included; more distant tiles were not trained on


@dataclass(frozen=True)
class PublishedModel:
    """One file of published weights.

    Attributes
    ----------
    method : str
        `deephic` or `hicplus`.
    file : str
        File below {data}/weights.
    depth : int
        The network was trained on maps with 1/depth of the contacts of its targets; 0: not stated.
    balanced : bool
        Whether it was trained on balanced contacts, in units of counts; else on counts.
    scale : float
        Counts are multiplied by this first.
    clip_value : float
        Higher values become this one.
    divisor : float
        Clipped values are divided by this.
    output : float
        The network's output is multiplied by this to contacts at full depth.
    compact : bool
        Whether bins without contacts are left out, and what lies around them is joined.
    tile, margin : int
        Bins of a tile of the output, and bins that its input has more on each side.
    """

    method: str
    file: str
    depth: int
    balanced: bool
    scale: float
    clip_value: float
    divisor: float
    output: float
    compact: bool
    tile: int
    margin: int


def _deephic(kind: str, depth: int, cutoff: float) -> PublishedModel:
    """DeepHiC: clipped at a cutoff by depth, divided by it; tiles of 40 bins side by side."""
    return PublishedModel(
        "deephic", f"deephic_{kind}_{depth}.pth", depth, kind == "kr", 1.0, cutoff, cutoff, 255.0,
        compact=True, tile=40, margin=0,
    )  # fmt: skip


def _hicplus(file: str, depth: int = 16) -> PublishedModel:
    """HiCPlus: multiplied by 16 and clipped at 100, as in its training; tiles of 40 to 28 bins."""
    return PublishedModel(
        "hicplus", file, depth, False, 16.0, 100.0, 1.0, 1.0, compact=False, tile=28, margin=6
    )


# cutoffs by depth as in a comment of DeepHiC's data_generate.py
PUBLISHED: Mapping[str, PublishedModel] = {
    "deephic_raw_16": _deephic("raw", 16, 100.0),
    "deephic_raw_25": _deephic("raw", 25, 80.0),
    "deephic_raw_50": _deephic("raw", 50, 50.0),
    "deephic_raw_100": _deephic("raw", 100, 25.0),
    "deephic_kr_16": _deephic("kr", 16, 100.0),
    "deephic_kr_100": _deephic("kr", 100, 25.0),
    "hicplus_hindiii": _hicplus("hicplus_pytorch_HindIII_model_40000"),
    "hicplus_gm12878": _hicplus("hicplus_GM_chr1-83900.model", depth=0),
    "hicplus_3400": _hicplus("hicplus_model3400.model", depth=0),
}


def published_models(section: Mapping[str, str]) -> dict[str, str]:
    """Key of `PUBLISHED` by name of the model in a run's tables, e.g. `deephic_published`.

    `section` is config section `enhancement.image.published`; empty values are left out.
    """
    methods = dict.fromkeys(model.method for model in PUBLISHED.values())
    return {f"{method}_published": section[method] for method in methods if section[method]}


def weights_place(name: str) -> str:
    """Path of a published network's weights, with the placeholder {data}; also of `hicsr_dae`."""
    return f"{{data}}/{WEIGHTS_FOLDER}/{DAE_FILE if name == DAE else PUBLISHED[name].file}"
