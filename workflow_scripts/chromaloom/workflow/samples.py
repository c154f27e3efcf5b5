"""The sample and run sheets of a run: reading them, and the questions that rules ask."""

from collections.abc import Callable, Container
from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.sheets import (
    check_file,
    check_references,
    check_repeated_files,
    check_samples,
    empty_sheet,
    read_sheet,
    split_map_groups,
)

READS = ("fastq", "bam")  # kinds that are aligned, or are alignments
TWO_FILES = ("fastq", "geo_contacts", "bigwig", "bedgraph")  # kinds whose file2 is a path


class SampleSheets:
    """Checked sheets with resolved paths.

    Attributes
    ----------
    samples, runs
        Tables of `read_sheet`.
    config, config_file
        The config, and its name for messages.
    results
        Folder of the run's results.
    """

    def __init__(
        self,
        samples: pd.DataFrame,
        runs: pd.DataFrame,
        config: dict[str, Any],
        *,
        config_file: str,
        results: str,
    ) -> None:
        self.samples, self.runs, self.config = samples, runs, config
        self.config_file, self.results = config_file, results

    def runs_of(self, sample: str, kind: str | None = None) -> pd.DataFrame:
        """Rows of the run sheet of a sample, all or of one kind."""
        rows = self.runs[self.runs["sample"] == sample]
        return rows if kind is None else rows[rows.kind == kind]

    def kind_of(self, sample: str) -> str:
        """Stage at which a sample enters: the kind of its runs."""
        return self.runs_of(sample).kind.iloc[0]

    def assembly_of(self, sample: str) -> str:
        """Genome of a sample."""
        return self.samples.assembly[sample]

    def samples_with(
        self, assay: str | None = None, kinds: Container[str] | None = None, cell: str | None = None
    ) -> list[str]:
        """Names of samples, optionally of an assay, of a cell, or of given kinds of runs."""
        return [
            str(row["sample"])
            for row in self.samples.to_dict("records")
            if (assay is None or row["assay"] == assay)
            and (cell is None or row["cell"] == cell)
            and (kinds is None or self.kind_of(row["sample"]) in kinds)
        ]

    def cells_with(self, assay: str) -> list[str]:
        """Cells that have a sample of an assay, in the sheet's order."""
        return list(dict.fromkeys(self.samples.cell[self.samples.assay == assay]))

    def genes_of(self, sample: str) -> str:
        """Gene annotation of a sample's genome; empty if there is none."""
        return self.config["assemblies"].get(self.assembly_of(sample), {}).get("gtf", "")

    def blacklist_of(self, sample: str) -> list[str]:
        """Blacklisted regions of a sample's genome: a list of one file or none."""
        return [
            file
            for file in [self.config["assemblies"][self.assembly_of(sample)]["blacklist"]]
            if file
        ]

    def signal_files(self, sample: str) -> list[str]:
        """Files that a sample's signal is counted from: its alignments, or its files."""
        if self.kind_of(sample) in READS:
            return [f"{self.results}/align/{sample}.bam"]
        return list(self.runs_of(sample).file)

    def minus_files(self, sample: str) -> list[str]:
        """Minus strands of a sample's tracks."""
        stranded = self.kind_of(sample) in ("bigwig", "bedgraph")
        return [file for file in self.runs_of(sample).file2 if file and stranded]

    def rna_samples(self, cell: str) -> list[str]:
        """RNA-seq samples (replicates) of a cell, which must enter at the same stage."""
        samples = self.samples_with(assay="RNA-seq", cell=cell)
        if len(kinds := sorted({self.kind_of(sample) for sample in samples})) > 1:
            raise UserError(
                f"{self.config['samples']}: cell {cell!r}: RNA-seq samples of kinds"
                f" {', '.join(kinds)}; expected: one kind per cell"
            )
        return samples

    def expression_tables(self, cell: str) -> list[str]:
        """The table of each replicate of a cell."""
        if self.kind_of(self.rna_samples(cell)[0]) in READS:
            return [f"{self.results}/quantify/{s}/abundance.tsv" for s in self.rna_samples(cell)]
        return [file for s in self.rna_samples(cell) for file in self.runs_of(s).file]

    def expression_columns(self, cell: str) -> list[str]:
        """The run sheet's file2 of each table; for matrices without it, the cell."""
        default = cell if self.kind_of(self.rna_samples(cell)[0]) == "expression_matrix" else ""
        return [name or default for s in self.rna_samples(cell) for name in self.runs_of(s).file2]

    def expression_assembly(self, cell: str) -> str:
        """Assembly with genes whose biotypes select those of a cell's expression; '' if none does.

        That of its RNA-seq samples, else that of its other samples.
        """
        if not self.config["genes"]["biotypes"]:
            return ""
        others = [s for s in self.samples_with(cell=cell) if s not in self.rna_samples(cell)]
        found = [self.assembly_of(s) for s in self.rna_samples(cell) + others if self.genes_of(s)]
        if not found:
            raise UserError(
                f"{self.config_file}: genes.biotypes: {self.config['genes']['biotypes']}, but no"
                f" sample of cell {cell!r} has an assembly with a gtf; expected: one to take the"
                " biotypes from; fix: add it to the sample sheet, or leave genes.biotypes empty"
            )
        return found[0]

    def expression_genes(self, cell: str) -> list[str]:
        """For tables of transcripts, the transcript table, one per table."""
        lists = f"{self.results}/genome/{{}}/transcripts.tsv".format
        if (kind := self.kind_of(self.rna_samples(cell)[0])) in READS:
            return [lists(self.assembly_of(s)) for s in self.rna_samples(cell)]
        needed = kind == "salmon_quant"
        return [
            lists(self.assembly_of(s))
            for s in self.rna_samples(cell)
            for _ in self.runs_of(s).run
            if needed
        ]


def read_sample_sheets(
    config: dict[str, Any], schemas: Path, *, locate: Callable[[str, str], str],
    made: tuple[str, ...], config_file: str, results: str,
) -> SampleSheets:  # fmt: skip
    """Read and check the sheets that the config names, and resolve all paths to input files.

    The paths of `config["assemblies"]` are resolved, too, in place.

    Parameters
    ----------
    config, config_file
        Completed config, and its name for messages.
    schemas
        Folder of the schemas.
    locate
        Function of a path and the place where it stands, which fills placeholders.
    made
        Folders of the rules' outputs: missing files there are not an error.
    results
        Folder of the run's results.

    Raises
    ------
    UserError
        Anything in the sheets that cannot be run.
    """
    tables = []
    for name in ("samples", "runs"):
        if not config[name] and (config["papers"] or config["samples"] or config["runs"]):
            raise UserError(
                f"{config_file}: missing key {name!r}; expected: the path of a sheet (only a run of"
                " apply on sequences needs none)"
            )
        schema = schemas / f"{name}.schema.yaml"
        path = locate(config[name], config_file)
        tables.append(read_sheet(path, schema) if path else empty_sheet(schema))
    samples, runs = tables[0], split_map_groups(tables[1])
    names = (config["samples"], config["runs"])
    check_references(samples, runs, names)
    check_samples(samples, runs, config, config_file)
    for number, run in enumerate(runs.to_dict("records"), start=2):
        where = f"{config['runs']}: row {number} (run {run['run']!r})"
        two = run["kind"] in TWO_FILES
        for column in ["file", "file2"] if two else ["file"]:
            place = f"{where}: {column}"
            path = locate(run[column], place) if run[column] else ""
            runs.loc[run["run"], column] = path
            check_file(path, place, made, run["kind"])
    check_repeated_files(samples, runs, names)
    for name, assembly in config["assemblies"].items():
        for key in ("fasta", "gtf", "transcripts", "blacklist"):
            where = f"{config_file}: assemblies.{name}.{key}"
            assembly[key] = locate(assembly[key], where) if assembly[key] else ""
            check_file(assembly[key], where, made)
    return SampleSheets(samples, runs, config, config_file=config_file, results=results)
