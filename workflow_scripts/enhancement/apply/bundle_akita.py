"""Make a bundle of Akita's published weights: python -m … model_best.h5 OUT.

The published file (Fudenberg et al. 2020) was not at hand: the loader was tested on a small file of
its structure, and the bundle says so.
"""

import sys
from pathlib import Path
from typing import Any

from workflow_scripts.chromaloom.download.checksums import checksums
from workflow_scripts.chromaloom.io.files import scratch_folder
from workflow_scripts.chromaloom.ml.bundles import card_text, write_bundle
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.enhancement.apply.sequence_inputs import KIND
from workflow_scripts.enhancement.models.published_akita import (
    AKITA_BINS,
    AKITA_CROP,
    AKITA_LENGTH,
    AKITA_TARGETS,
    load_akita,
)

ABOUT = [
    "Unverified: the weights are those of the given file, and the file that Akita's authors"
    " published was never read with this loader, only a small file of its structure. Compare a"
    " region with a published figure before use.",
    "Akita (Fudenberg et al. 2020, doi:10.1038/s41592-020-0958-x): ln of observed over expected"
    " contacts from DNA, in five human cells; `target` of an entry of `apply` names the cell.",
    "Not for: contacts beyond a window of 1 Mb, other species.",
]
# what Akita's authors did with the maps, as far as their paper says so
TRANSFORMATION = {
    "coarsegrain": "cooltools, adaptive",
    "expected": "mean balanced contacts at each distance",
    "sigma": 1,
    "kernel_size": 5,
    "clip_value": 2,
}


def write_akita_bundle(path: str | Path, out: str | Path, **sizes: Any) -> None:
    """Write the bundle of a file of Akita's weights.

    Parameters
    ----------
    path
        `model_best.h5`.
    out
        Folder of the bundle.
    sizes
        As `build_akita`; the published ones by default.

    Raises
    ------
    UserError
        As `load_akita`.
    """
    model = load_akita(path, **sizes)
    length, bins = sizes.get("length", AKITA_LENGTH), sizes.get("bins", AKITA_BINS)
    crop = sizes.get("crop", AKITA_CROP)
    facts = {
        "paper": "enhancement",
        "model": "akita",
        "kind": KIND,
        "verified": False,
        "citation": "Fudenberg et al. 2020, doi:10.1038/s41592-020-0958-x",
        "license": "code: Apache-2.0; none stated for the weights",
        "inputs": {
            "alphabet": "A 0, C 1, G 2, T 3 in either case; other letters 4, a base without any of"
            " the four",
            "length": length,
            "resolution": length // bins,
            "window_bins": bins,
            "strand": "forward",
            "reverse_complement": True,
            "max_shift": 11,
            "assembly": "hg38",
            "chromosomes": None,
            "maps": list(AKITA_TARGETS),
        },
        "outputs": {
            "unit": "ln of observed over expected contacts",
            "targets": list(AKITA_TARGETS),
            "resolution": length // bins,
            "bins": bins - 2 * crop,
            "crop": crop,
            "pixels": "symmetric map; upper triangle, row by row",
            "ignore_diags": 2,
            "transformation": TRANSFORMATION,
            "undo": "O/E = exp(value); coarse-graining, smoothing and clipping are not undone",
        },
        "training": {"weights_sha256": checksums(path)["sha256"], "file": Path(path).name},
        "metrics": [],
    }
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(out) as folder:
        network = Path(folder, "akita.keras")
        model.save(network)
        card = card_text("Akita, published weights, unverified", ABOUT, facts, "pearson")
        write_bundle(out, facts, {"published": network}, card)


def main(path: str, out: str) -> None:
    """Write the bundle; a mistake of the user ends the program with one line."""
    try:
        write_akita_bundle(path, out)
    except UserError as error:
        sys.exit(f"error: {error}")
    print(f"{out}: bundle of {path}, unverified (see {out}/card.md)")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m workflow_scripts.enhancement.apply.bundle_akita FILE.h5 OUT")
    main(*sys.argv[1:])
