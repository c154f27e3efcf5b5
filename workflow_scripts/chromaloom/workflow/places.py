"""Checks of the regions and chromosomes that the papers' configs name, against a genome.

Imported by the rules: depends only on the standard library; the papers' modules may need more.
"""

import importlib
import logging
from collections.abc import Mapping, Sequence
from types import ModuleType

log = logging.getLogger("chromaloom")


def places_module(check: Mapping) -> ModuleType:
    """The module with the checks of a paper."""
    return importlib.import_module(f"workflow_scripts.{check['paper']}.config.places")


def run_place_checks(checks: Sequence[Mapping], sizes: Mapping[str, int]) -> None:
    """Run `check_places` of each paper's `config/places.py` on a genome's lengths (bp).

    `checks` and errors as for `align/check_places.py`.
    """
    for check in checks:
        places_module(check).check_places(check["settings"], sizes, check["where"])
        log.info("%s: all regions lie within the genome", check["where"])
