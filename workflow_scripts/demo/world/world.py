"""Data of the simulated organism (see `build.py`), and reading and writing it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.demo.world.genes import write_gtf
from workflow_scripts.demo.world.sequence import read_fasta, write_fasta

TEXT = {"chrom": str, "exon_starts": str, "exon_ends": str}  # columns that may look like numbers


@dataclass(frozen=True)
class World:
    """Sequences and truth tables; positions are 0-based half-open bp.

    The tables and their columns are described in docs/demo-world.md.
    """

    sequences: Mapping[str, np.ndarray]  # chromosome → codes, uint8 (see sequence.py)
    isochores: pd.DataFrame
    domains: pd.DataFrame
    genes: pd.DataFrame
    transcripts: pd.DataFrame
    promoter_sites: pd.DataFrame
    enhancers: pd.DataFrame
    enhancer_sites: pd.DataFrame
    insulators: pd.DataFrame
    loops: pd.DataFrame
    repeats: pd.DataFrame
    activity: pd.DataFrame
    expression: pd.DataFrame
    isoforms: pd.DataFrame
    roles: pd.DataFrame

    @property
    def cells(self) -> list[str]:
        """Names of the cell types, in the config's order."""
        return list(self.domains.columns[self.domains.columns.get_loc("base") + 1 :])

    @property
    def chromosomes(self) -> dict[str, int]:
        """Length of each chromosome in bp."""
        return self.domains.groupby("chrom", sort=False).end.max().astype(int).to_dict()


TABLES = tuple(field.name for field in fields(World) if field.name != "sequences")


def write_world(world: World, folder: str | Path) -> None:
    """Write genome.fa.gz, genes.gtf.gz and truth/<table>.tsv below a folder."""
    folder = Path(folder)
    write_fasta(folder / "genome.fa.gz", world.sequences)
    write_gtf(folder / "genes.gtf.gz", world.genes, world.transcripts)
    for name in TABLES:
        with atomic_path(folder / "truth" / f"{name}.tsv") as part:
            getattr(world, name).to_csv(part, sep="\t", index=False, float_format="%.6f")


def read_world(folder: str | Path, sequences: bool = False) -> World:
    """Read the truth tables, and optionally the genome, written by `write_world`."""
    folder = Path(folder)
    tables = {
        name: pd.read_csv(
            folder / "truth" / f"{name}.tsv", sep="\t", keep_default_na=False, dtype=TEXT
        )
        for name in TABLES
    }
    return World(sequences=read_fasta(folder / "genome.fa.gz") if sequences else {}, **tables)
