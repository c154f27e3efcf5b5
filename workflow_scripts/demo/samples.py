"""Samples of the sheets that are simulated, and checks of them before any job starts."""

import pandas as pd

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo.world.targets import find_target

ASSAYS = ("ChIP-seq", "RNA-seq", "Hi-C", "HiChIP")
PAIRED = ("RNA-seq", "Hi-C", "HiChIP")
PULLED_DOWN = ("ChIP-seq", "HiChIP")  # by the sample's target


def check_cell(sample: str, cell: str, cells: list[str]) -> None:
    """Reject a cell type that the world does not have."""
    if cell not in cells:
        raise UserError(
            f"sample sheet: sample {sample!r}: cell {cell!r} is not in the config's demo.cells;"
            f" expected: {', '.join(cells)}"
        )


def read_files(folder: str, sample: str, assay: str) -> tuple[str, str]:
    """File names of a sample's reads in the world's folder; the second is empty without mates."""
    stem = f"{folder}/fastq/{sample}"
    if assay in PAIRED:
        return f"{stem}_1.fastq.gz", f"{stem}_2.fastq.gz"
    return f"{stem}.fastq.gz", ""


def world_samples(
    samples: pd.DataFrame, runs: pd.DataFrame, folder: str, demo: dict | None
) -> dict[str, list[str]]:
    """Names of the samples whose reads are simulated, by assay.

    Parameters
    ----------
    samples, runs
        The sheets, with placeholders filled in.
    folder
        The world's folder, which replaces the placeholder {world}.
    demo
        The config's section `demo`, or None if there is none.

    Raises
    ------
    UserError
        A sample that cannot be simulated: no section `demo`, another assay, an unknown cell type or
        target, or files that are not named after the sample.
    """
    made: dict[str, list[str]] = {assay: [] for assay in ASSAYS}
    chosen = runs[(runs.kind == "fastq") & runs.file.str.startswith(f"{folder}/fastq/")]
    for run in chosen.to_dict("records"):
        sample = samples.loc[run["sample"]]
        name, where = sample["sample"], f"run sheet: run {run['run']!r}"
        if demo is None:
            raise UserError(
                f"{where} reads {{world}}, but the config has no section 'demo'; expected: one, or"
                " other files; fix: add that of resources/configs/demo-world.yaml, which is also"
                " CONFIG of `make apply`"
            )
        if sample.assay not in ASSAYS:
            raise UserError(f"{where}: assay {sample.assay!r}; the world makes {', '.join(ASSAYS)}")
        check_cell(name, sample.cell, demo["cells"])
        if sample.assay in PULLED_DOWN:
            find_target(sample.target)
        files = read_files(folder, name, sample.assay)
        if (run["file"], run["file2"]) != files:
            expected = " and ".join(file.replace(folder, "{world}") for file in files if file)
            raise UserError(f"{where}: the world names the reads of {name!r} {expected}")
        made[sample.assay].append(name)
    return made
