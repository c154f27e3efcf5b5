"""Checks of the regions and chromosomes that the papers' configs name, against a genome.

Imported by the rules: needs no more than the sheets; the papers' modules may need more.

The lengths of a genome's chromosomes may be unknown before the first job, `prepare_genome`. The
checks reach it in the environment, not as a parameter: Snakemake runs a job with changed
parameters again, and all that depends on it. In later runs the lengths are known.
"""

import importlib
import importlib.util
import json
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from workflow_scripts.chromaloom.genomics.genome import (
    known_sizes,
    match_chromosomes,
    read_sizes,
    some,
)
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
WAITING = "CHROMALOOM_PLACE_CHECKS"  # environment variable: checks by assembly, JSON


def places_module(check: Mapping) -> ModuleType:
    """The module with the checks of a paper."""
    return importlib.import_module(f"workflow_scripts.{check['paper']}.config.places")


def run_place_checks(checks: Sequence[Mapping], sizes: Mapping[str, int]) -> None:
    """Check the regions of papers, and the maps that they use.

    Parameters
    ----------
    checks
        One per paper, with keys paper, settings, where (config file and section), and maps (.cool
        and .mcool files that the paper uses; optional).
    sizes
        Chromosome lengths (bp) of the genome.

    Raises
    ------
    UserError
        A region or chromosome of the config is not in the genome, or not in a map.
    """
    for check in checks:
        module = places_module(check)
        module.check_places(check["settings"], sizes, check["where"])
        for path in check.get("maps", ()):
            check_map(path, module.held_out(check["settings"]), sizes, check["where"])
        log.info("%s: all regions lie within the genome", check["where"])


def run_waiting_checks(assembly: str, sizes: Mapping[str, int]) -> None:
    """Run the checks of an assembly that could not be made before any job."""
    waiting = json.loads(os.environ.get(WAITING, "{}"))
    run_place_checks(waiting.get(assembly, []), sizes)


def check_map(path: str, held_out: Mapping[str, str], sizes: Mapping[str, int], where: str) -> None:
    """Reject a map without a chromosome that validation or test needs.

    Where cooler is not installed, as in the environment of the rules with conda, nothing is
    checked; the job that builds the dataset refuses a split without contacts.

    Parameters
    ----------
    path
        .cool or .mcool file.
    held_out
        Chromosomes that are needed, and the config key of each.
    sizes
        Chromosome lengths (bp) of the genome, whose names may differ from the map's by `chr`.
    where
        Config file and section, for error messages.
    """
    if not importlib.util.find_spec("cooler"):
        log.info("%s: %s is not opened: cooler is not installed here", where, path)
        return
    cooler = importlib.import_module("cooler")
    contacts = importlib.import_module("workflow_scripts.chromaloom.genomics.contacts")
    # all resolutions have the same chromosomes; bins of varying size are left to the import
    for place in list(contacts.map_resolutions(path).values())[:1]:
        lengths = cooler.Cooler(place).chromsizes.to_dict()
        found = set(match_chromosomes(lengths, sizes, path).values())
        for chrom, key in held_out.items():
            if chrom not in found:
                raise UserError(
                    f"{where}.{key}: {chrom!r} is not in the map {path}; available:"
                    f" {some(found, 8)}; expected: a chromosome that the map has"
                )


class PlaceChecks:
    """The checks of a run, made at once where the genome is known, else left to its first job.

    Attributes
    ----------
    sheets
        The run's `SampleSheets`, whose module needs more than the jobs' environments have.
    world
        Folder of the demo's simulated genome, whose lengths the config has.
    waiting
        Checks that wait for a genome, by assembly.
    """

    def __init__(self, sheets: Any, world: str) -> None:
        self.sheets, self.world = sheets, world
        self.waiting: dict[str, list[dict[str, Any]]] = {}
        os.environ.pop(WAITING, None)

    def add(
        self, paper: str, assembly: str, settings: Mapping, samples: Iterable[str] = ()
    ) -> None:
        """Check a paper's regions, and the maps of `samples`.

        Raises
        ------
        UserError
            As `run_place_checks`, if the genome's lengths are known.
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
        if sizes := self.known_sizes(assembly):
            run_place_checks([check], sizes)
        else:
            self.waiting.setdefault(assembly, []).append(check)
            os.environ[WAITING] = json.dumps(self.waiting)

    def known_sizes(self, name: str) -> dict[str, int]:
        """Chromosome lengths (bp) of a genome where they are known before any job, else empty."""
        config = self.sheets.config
        assembly = config["assemblies"][name]
        in_world = "demo" in config and assembly["fasta"].startswith(self.world)
        known = known_sizes(assembly, config["demo"]["chromosomes"] if in_world else None)
        made, fasta = (
            Path(f"{self.sheets.results}/genome/{name}/chrom.sizes"), Path(assembly["fasta"]),
        )  # fmt: skip
        if known or not made.is_file():
            return known
        newer = fasta.is_file() and fasta.stat().st_mtime > made.stat().st_mtime
        return {} if newer else read_sizes(made)
