"""Sample sheets: reading, checking row by row, and resolving the paths they name."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.chromaloom.workflow.assays import KINDS, NEEDS_ASSEMBLY
from workflow_scripts.chromaloom.workflow.config import read_yaml, validate
from workflow_scripts.chromaloom.workflow.errors import UserError

PLACEHOLDER = re.compile(r"\{(\w+)\}")


def read_sheet(path: str | Path, schema: str | Path) -> pd.DataFrame:
    """Read a TSV sheet and check it against its schema.

    Parameters
    ----------
    path
        Tab-separated file with a header; `#` starts a comment line; absent cells are empty.
    schema
        JSON Schema (YAML) of one row. Its first property is the sheet's key, unique per row.

    Returns
    -------
    pandas.DataFrame
        All columns of the schema as str (absent ones empty), indexed by the key, which is kept as a
        column too.

    Raises
    ------
    UserError
        Missing, empty or malformed file, missing or unknown column, invalid value, duplicate key;
        with the file, row and column.
    """
    path = Path(path)
    rules = read_yaml(schema)
    key, columns = next(iter(rules["properties"])), list(rules["properties"])
    try:
        sheet = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, comment="#")
    except FileNotFoundError:
        raise UserError(f"{path}: no such sheet") from None
    except pd.errors.EmptyDataError:
        raise UserError(f"{path}: the sheet is empty; columns needed: {columns}") from None
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a tab-separated sheet: {error}") from None
    if missing := [c for c in rules.get("required", []) if c not in sheet.columns]:
        raise UserError(
            f"{path}: missing column {missing[0]!r}; found: {', '.join(sheet.columns)}"
            f" (the sheet is tab-separated; needed: {', '.join(rules['required'])})"
        )
    if unknown := [c for c in sheet.columns if c not in columns]:
        raise UserError(f"{path}: unknown column {unknown[0]!r}; expected: {', '.join(columns)}")
    if sheet.empty:
        raise UserError(f"{path}: the sheet has no rows")
    sheet = sheet.reindex(columns=columns, fill_value="").apply(lambda c: c.str.strip())
    for number, row in enumerate(sheet.to_dict("records"), start=2):
        validate(row, rules, f"{path}: row {number} ({key} {row[key]!r})")
    if len(twice := sheet[key][sheet[key].duplicated()]):
        rows = [number + 2 for number, value in enumerate(sheet[key]) if value == twice.iloc[0]]
        raise UserError(f"{path}: {key} {twice.iloc[0]!r} occurs in rows {rows}; expected: once")
    return sheet.set_index(key, drop=False)


def resolve_path(
    text: str, places: dict[str, str], where: str, root: str | Path, made: tuple[str, ...] = ()
) -> str:
    """Fill `{placeholders}` of a path and look it up in the working directory or next to the
    Snakefile.

    A relative path that exists in neither is returned unchanged, and so is one in a folder of
    `made`: outputs of rules are always in the working directory.
    """

    def fill(match: re.Match) -> str:
        if match[1] not in places:
            allowed = ", ".join(f"{{{name}}}" for name in places)
            raise UserError(
                f"{where}: unknown placeholder {match[0]} in {text!r}; expected: {allowed}"
            )
        return places[match[1]]

    path = PLACEHOLDER.sub(fill, text)
    in_root = Path(root, path)
    if _lies_in(path, made) or Path(path).exists() or not in_root.exists():
        return path
    return str(in_root)


def split_map_groups(runs: pd.DataFrame) -> pd.DataFrame:
    """Move the group of a map, `map.mcool::/resolutions/5000`, from `file` to `file2`."""
    runs = runs.copy()
    for name, run in runs[runs.kind.isin(["cool", "mcool"])].iterrows():
        file, _, group = run["file"].partition("::")
        runs.loc[name, ["file", "file2"]] = file, group or run["file2"]
    return runs


def check_file(path: str, where: str, made: tuple[str, ...]) -> None:
    """Reject a missing or empty file, unless rules create it (a path in a folder of `made`)."""
    if not path or _lies_in(path, made):
        return
    if not Path(path).is_file():
        raise UserError(f"{where}: file {path!r} does not exist")
    if Path(path).stat().st_size == 0:
        raise UserError(f"{where}: file {path!r} is empty")


def check_references(samples: pd.DataFrame, runs: pd.DataFrame, names: tuple[str, str]) -> None:
    """Check that runs name samples, that samples have runs and that controls exist.

    `names` are the two sheets' file names, for the message.
    """
    for number, run in enumerate(runs.to_dict("records"), start=2):
        if run["sample"] not in samples.index:
            raise UserError(
                f"{names[1]}: row {number} (run {run['run']!r}): sample {run['sample']!r} is not in"
                f" {names[0]}; available: {_some(samples.index)}"
            )
    for number, sample in enumerate(samples.to_dict("records"), start=2):
        where = f"{names[0]}: row {number} (sample {sample['sample']!r})"
        kinds = set(runs.kind[runs["sample"] == sample["sample"]])
        if not kinds:
            raise UserError(f"{where}: no run in {names[1]} gives its data")
        if len(kinds) > 1:
            raise UserError(
                f"{where}: runs of kinds {sorted(kinds)}; expected: one kind per sample"
            )
        pairs = runs.file2[(runs["sample"] == sample["sample"]) & (runs.kind == "fastq")] != ""
        if len(set(pairs)) > 1:
            raise UserError(
                f"{where}: single- and paired-end runs; expected: one layout per sample"
            )
        if sample["control"] and sample["control"] not in samples.index:
            raise UserError(
                f"{where}: control {sample['control']!r} is not a sample; available:"
                f" {_some(samples.index)}"
            )


def _lies_in(path: str, folders: tuple[str, ...]) -> bool:
    return path.startswith(tuple(f"{folder}/" for folder in folders))


def _some(values: Iterable[object], most: int = 8) -> str:
    texts = list(map(str, values))
    return ", ".join(texts[:most]) + (f" … ({len(texts)})" if len(texts) > most else "")


def check_samples(
    samples: pd.DataFrame, runs: pd.DataFrame, config: Mapping[str, Any], config_file: str
) -> None:
    """Check constraints across sheets and config that the schemas cannot express.

    Raises
    ------
    UserError
        An unknown or missing assembly, a missing target, or a kind of run that the assay lacks.
    """
    kinds = dict(zip(runs["sample"], runs.kind, strict=True))
    for number, sample in enumerate(samples.to_dict("records"), start=2):
        where = f"{config['samples']}: row {number} (sample {sample['sample']!r})"
        if sample["assembly"] and sample["assembly"] not in config["assemblies"]:
            known = ", ".join(config["assemblies"]) or "none"
            raise UserError(
                f"{where}: assembly {sample['assembly']!r} is not in the config; available: {known}"
            )
        if sample["assay"] in NEEDS_ASSEMBLY and not sample["assembly"]:
            raise UserError(f"{where}: assay {sample['assay']} needs an assembly")
        kind = kinds[sample["sample"]]
        if kind in ("fastq", "bam"):
            if not sample["assembly"]:
                raise UserError(f"{where}: reads need an assembly")
            if not config["assemblies"][sample["assembly"]]["fasta"]:
                raise UserError(
                    f"{config_file}: assemblies.{sample['assembly']}: missing key 'fasta'; the"
                    f" reads"
                    f" of sample {sample['sample']!r} need it"
                )
        if sample["assay"] == "segmentation" and not sample["target"]:
            raise UserError(f"{where}: a segmentation sample needs a target (the state's name)")
        if kind not in KINDS[sample["assay"]]:
            raise UserError(
                f"{config['runs']}: sample {sample['sample']!r}: kind {kind!r} does not go with"
                f" assay"
                f" {sample['assay']}; expected: {', '.join(KINDS[sample['assay']])}"
            )
        if sample["assay"] == "ChIP-seq" and not sample["target"]:
            raise UserError(
                f"{where}: a ChIP-seq sample needs a target (a mark, a factor or input)"
            )
