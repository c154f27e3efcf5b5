"""What went into a run and how good it is, read from the run's own tables."""

import json
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pandas as pd

# Half-width (bp) of what counts as the start itself in a profile, and the share of the outermost
# bins that count as its flanks
START, FLANK = 500, 0.2


class Sample(NamedTuple):
    """A row of the sample sheet, and how the sample enters (`kind`, its runs)."""

    sample: str
    cell: str
    assay: str
    target: str
    assembly: str
    kind: str
    runs: list[str]


class Genome(NamedTuple):
    """An assembly: size in bp, numbers of sequences and genes (None: the run has no such table)."""

    name: str
    size: int | None
    sequences: int | None
    genes: int | None


class ContactMap(NamedTuple):
    """A contact map: contacts in it, and the share of them within a chromosome (None: unknown)."""

    sample: str
    cell: str
    contacts: int
    cis: float | None


class Measure(NamedTuple):
    """A measure of quality by sample: shares where `percent`, else counts."""

    stage: str
    name: str
    values: dict[str, float]
    percent: bool


def _table(path: Path) -> pd.DataFrame | None:
    """A table of the run; None where the run has none."""
    return pd.read_csv(path, sep="\t", dtype={"sample": str}) if path.exists() else None


def _names(samples: Iterable[Sample]) -> set[str]:
    return {sample.sample for sample in samples}


def reads_by_sample(samples: list[Sample], results: Path) -> dict[str, int]:
    """Reads of the samples that enter as FASTQ or BAM, both mates counted."""
    found: dict[str, int] = {}
    for sample in samples:
        tables = [_table(results / "reads" / f"{run}.tsv") for run in sample.runs]
        if sample.kind == "fastq" and tables and all(table is not None for table in tables):
            found[sample.sample] = sum(int(table.n_reads.sum()) for table in tables)
    mapping = _table(results / "align" / "mapping.tsv")
    if mapping is not None:
        for row in mapping[mapping["sample"].isin(_names(samples))].itertuples():
            found.setdefault(row.sample, int(row.total))
    return found


def genomes(samples: list[Sample], results: Path) -> list[Genome]:
    """Assemblies that the samples name, in the sheet's order."""
    found = []
    for name in dict.fromkeys(sample.assembly for sample in samples if sample.assembly):
        sizes, genes = (results / "genome" / name / file for file in ("chrom.sizes", "genes.tsv"))
        lengths = (
            pd.read_csv(sizes, sep="\t", header=None, usecols=[1])[1] if sizes.exists() else None
        )
        found.append(
            Genome(
                name=name,
                size=None if lengths is None else int(lengths.sum()),
                sequences=None if lengths is None else len(lengths),
                genes=len(pd.read_csv(genes, sep="\t", usecols=[0])) if genes.exists() else None,
            )
        )
    return found


def contact_maps(samples: list[Sample], results: Path) -> list[ContactMap]:
    """Maps of the run, from `contacts/quality.tsv`."""
    table = _table(results / "contacts" / "quality.tsv")
    if table is None:
        return []
    return [
        ContactMap(
            sample=row.sample,
            cell=str(row.cell),
            contacts=int(row.map_contacts),
            cis=row.cis / (row.cis + row.trans) if pd.notna(row.cis) else None,
        )
        for row in table[table["sample"].isin(_names(samples))].itertuples()
    ]


def _shares(table: pd.DataFrame, part: str, whole: str) -> dict[str, float]:
    """Share of one column in another by sample; samples without it are left out."""
    known = table.dropna(subset=[part, whole])
    known = known[known[whole] > 0]
    return dict(zip(known["sample"], known[part] / known[whole], strict=True))


def _mapping_measures(samples: list[Sample], results: Path) -> list[Measure]:
    """Shares of reads mapped, removed as duplicates and kept, by assay."""
    table = _table(results / "align" / "mapping.tsv")
    if table is None:
        return []
    found = []
    for assay in dict.fromkeys(sample.assay for sample in samples):
        names = _names(sample for sample in samples if sample.assay == assay)
        rows = table[table["sample"].isin(names)]
        for name, column in (
            ("Reads mapped", "mapped"),
            ("Reads removed as duplicates", "duplicates"),
            ("Reads kept", "kept"),
        ):
            found.append(Measure(assay, name, _shares(rows, column, "total"), True))
    return found


def _quantification_measures(samples: list[Sample], results: Path) -> list[Measure]:
    """Share of RNA fragments assigned to transcripts."""
    values = {}
    for sample in samples:
        path = results / "quantify" / sample.sample / "run_info.json"
        if path.exists():
            values[sample.sample] = json.loads(path.read_text())["p_pseudoaligned"] / 100
    return [Measure("RNA-seq", "Fragments assigned to transcripts", values, True)]


def start_enrichment(samples: list[Sample], results: Path) -> dict[str, float]:
    """Signal at transcription starts over that of the flanks, median of a target's samples."""
    table = _table(results / "signal" / "profiles.tsv")
    if table is None:
        return {}
    found: dict[str, list[float]] = {}
    for (target, _), profile in table[table["sample"].isin(_names(samples))].groupby(
        ["target", "sample"], sort=False
    ):
        distance = profile.offset.abs()
        flanks = profile["mean"][distance >= (1 - FLANK) * distance.max()].mean()
        if flanks > 0:
            start = profile["mean"][distance <= START].mean()
            found.setdefault(target, []).append(float(start / flanks))
    return {target: median(values) for target, values in found.items()}


def _peak_measures(samples: list[Sample], results: Path) -> list[Measure]:
    """Peaks by sample, where peaks were called."""
    peaks = {
        sample.sample: float(len(path.read_text().splitlines()))
        for sample in samples
        if (path := results / "tracks" / "peaks" / f"{sample.sample}.bed").exists()
    }
    return [Measure("ChIP-seq", "Peaks", peaks, False)]


def _contact_measures(samples: list[Sample], results: Path) -> list[Measure]:
    """Shares of reads mapped and of pairs kept, for maps and for HiChIP; loops of HiChIP."""
    found = []
    for stage, path in (("Hi-C", "contacts"), ("HiChIP", "loops")):
        table = _table(results / path / "quality.tsv")
        if table is None:
            continue
        table = table[table["sample"].isin(_names(samples))]
        for name, part, whole in (
            ("Reads mapped", "mapped_reads", "reads"),
            ("Pairs removed as duplicates", "duplicates", "pairs"),
            ("Pairs kept", "valid", "pairs"),
            ("Kept pairs within a chromosome", "cis", "valid"),
        ):
            found.append(Measure(stage, name, _shares(table, part, whole), True))
        if "loops" in table:
            loops = dict(zip(table["sample"], table.loops.astype(float), strict=True))
            found.append(Measure(stage, "Loops", loops, False))
    return found


def quality_measures(samples: list[Sample], results: Path) -> list[Measure]:
    """Every measure of quality for which the run has values, in the order of the stages."""
    stages = (
        _mapping_measures, _peak_measures, _quantification_measures, _contact_measures,
    )  # fmt: skip
    found = [measure for stage in stages for measure in stage(samples, results)]
    return [measure for measure in found if measure.values]
