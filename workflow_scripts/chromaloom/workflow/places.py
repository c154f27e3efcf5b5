"""Checks of the regions and chromosomes that the papers' configs name, against a genome.

Imported by the rules: needs no more than the sheets; the papers' modules may need more.
"""

import importlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from workflow_scripts.chromaloom.genomics.genome import known_sizes

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


class PlaceChecks:
    """The checks of a run, by assembly.

    Attributes
    ----------
    sheets
        The run's `SampleSheets`, whose module needs more than the job's environment has.
    world
        Folder of the demo's simulated genome, whose lengths the config has.
    by_assembly
        Checks, each with keys paper, settings, where (config file and section) and maps.
    """

    def __init__(self, sheets: Any, world: str) -> None:
        self.sheets, self.world = sheets, world
        self.by_assembly: dict[str, list[dict[str, Any]]] = {}

    def add(
        self, paper: str, assembly: str, settings: Mapping, samples: Iterable[str] = ()
    ) -> None:
        """Check a paper's regions now if the genome's lengths are known, else by a job.

        The job also checks that the maps of `samples` have the chromosomes of the regions.

        Raises
        ------
        UserError
            A region that does not lie within the genome.
        """
        maps = [
            file
            for sample in samples
            if self.sheets.kind_of(sample) in ("cool", "mcool")
            for file in self.sheets.runs_of(sample).file
            if Path(file).is_file()
        ]
        where = f"{self.sheets.config_file}: {paper}"
        check = {"paper": paper, "settings": settings, "where": where, "maps": maps}
        self.by_assembly.setdefault(assembly, []).append(check)
        if sizes := self.known_sizes(assembly):
            run_place_checks([check], sizes)

    def of(self, assembly: str) -> list[dict[str, Any]]:
        """The checks of an assembly."""
        return self.by_assembly.get(assembly, [])

    def scripts(self, assembly: str) -> list[str]:
        """Scripts that the checks of an assembly need."""
        papers = {f"{check['paper']}/config/places.py" for check in self.of(assembly)}
        return sorted({"align/check_places.py", *papers})

    def known_sizes(self, name: str) -> dict[str, int]:
        """Chromosome lengths (bp) of a genome where they are known before any job, else empty."""
        config = self.sheets.config
        assembly = config["assemblies"][name]
        in_world = "demo" in config and assembly["fasta"].startswith(self.world)
        return known_sizes(assembly, config["demo"]["chromosomes"] if in_world else None)
