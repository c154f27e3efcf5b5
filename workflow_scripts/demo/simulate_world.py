"""Simulate the demo organism: genome, annotation and truth tables."""

import logging
from pathlib import Path

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.demo.world.build import build_world
from workflow_scripts.demo.world.world import TABLES, write_world


def main(*, settings: dict, seed: int, folder: str | Path) -> None:
    """Write genome.fa.gz, genes.gtf.gz and truth/*.tsv of a world below `folder`.

    Parameters
    ----------
    settings
        The config's section `demo` (resources/schemas/demo.schema.yaml), defaults filled in; keys
        about reads and contacts are not used.
    seed
        Seed of the run. The same settings and seed give the same bytes.
    folder
        Output folder.
    """
    log = logging.getLogger("chromaloom")
    length = sum(settings["chromosomes"].values())
    log.info("world of %d bp, cells: %s", length, ", ".join(settings["cells"]))
    world = build_world(settings, seed)
    for name in TABLES:
        log.info("%-15s %6d rows", name, len(getattr(world, name)))
    for cell in world.cells:
        active = (world.genes[cell] == "active").mean()
        log.info("%s: %.0f %% of the promoters are active", cell, 100 * active)
    write_world(world, folder)


if __name__ == "__main__":
    run_script(main, snakemake, folder=Path(snakemake.output.genome).parent)
