"""Sample sheets: reading, checking row by row, and resolving the paths they name."""

import csv
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from workflow_scripts.chromaloom.genomics.signal_formats import check_signal_format
from workflow_scripts.chromaloom.io.files import open_binary
from workflow_scripts.chromaloom.workflow.assays import KINDS, NEEDS_ASSEMBLY
from workflow_scripts.chromaloom.workflow.config import read_yaml, validate
from workflow_scripts.chromaloom.workflow.errors import UserError

# kinds whose files belong to one sample as a whole
WHOLE_FILES = ("fastq", "bam", "tagalign", "peaks", "gff3", "pairs", "hicpro", "loops", "cool",
               "mcool", "hic", "geo_contacts", "bigwig", "bedgraph")  # fmt: skip
# kinds whose files are not text
# `binary`: of a file that is no run's, a network or an array
BINARY_KINDS = ("bam", "bigwig", "cool", "mcool", "hic", "marks_npz", "binary")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def read_sheet(path: str | Path, schema: str | Path) -> pd.DataFrame:
    """Read a TSV sheet and check it against its schema.

    Parameters
    ----------
    path
        Tab-separated UTF-8 file with a header. Lines that start with `#` are comments; blank rows,
        empty cells at the end of rows, and blanks around cells are ignored; absent cells are empty.
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
    table = _cells(path)
    if not table:
        raise UserError(f"{path}: the sheet is empty; columns needed: {columns}")
    header = table[0]
    if len(header) == 1 and (mark := next((m for m in ";," if m in header[0]), "")):
        word = {";": "semicolons", ",": "commas"}[mark]
        raise UserError(
            f"{path}: separated by {word}; expected: tabs; fix: save it as tab-separated text"
        )
    if twice := [name for name in header if header.count(name) > 1]:
        raise UserError(f"{path}: column {twice[0]!r} occurs twice; expected: once")
    for number, cells in enumerate(table[1:], start=2):
        if len(cells) > len(header):
            raise UserError(
                f"{path}: row {number}: {len(cells)} cells ({cells[len(header)]!r} is the first"
                f" too many); expected: {len(header)}, one for each column of the header"
            )
    rows = [cells + [""] * (len(header) - len(cells)) for cells in table[1:]]
    sheet = pd.DataFrame(rows, columns=header, dtype=str)
    if missing := [c for c in rules.get("required", []) if c not in sheet.columns]:
        raise UserError(
            f"{path}: missing column {missing[0]!r}; found: {', '.join(sheet.columns)}"
            f" (the sheet is tab-separated; needed: {', '.join(rules['required'])})"
        )
    if unknown := [c for c in sheet.columns if c not in columns]:
        raise UserError(f"{path}: unknown column {unknown[0]!r}; expected: {', '.join(columns)}")
    if sheet.empty:
        raise UserError(f"{path}: the sheet has no rows")
    sheet = sheet.reindex(columns=columns, fill_value="")
    for number, row in enumerate(sheet.to_dict("records"), start=2):
        validate(row, rules, f"{path}: row {number} ({key} {row[key]!r})")
    if len(twice := sheet[key][sheet[key].duplicated()]):
        places = [number + 2 for number, value in enumerate(sheet[key]) if value == twice.iloc[0]]
        raise UserError(f"{path}: {key} {twice.iloc[0]!r} occurs in rows {places}; expected: once")
    return sheet.set_index(key, drop=False)


def empty_sheet(schema: str | Path) -> pd.DataFrame:
    """A sheet without rows, as `read_sheet` returns it."""
    columns = list(read_yaml(schema)["properties"])
    return pd.DataFrame(columns=columns, dtype=str).set_index(columns[0], drop=False)


def _cells(path: Path) -> list[list[str]]:
    """Cells of each row that is no comment and not blank, without empty ones at its end."""
    lines = (line for line in _text(path).splitlines(keepends=True) if not line.startswith("#"))
    try:
        # a quoted cell may hold a tab or a line break
        rows = list(csv.reader(lines, delimiter="\t", strict=True))
    except csv.Error as error:
        raise UserError(f"{path}: not a tab-separated sheet: {error}") from None
    table = []
    for row in rows:
        cells = [cell.strip() for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            table.append(cells)
    return table


def _text(path: Path) -> str:
    """Content of a sheet, which must be UTF-8, with or without a byte-order mark."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(
            f"{path}: no such sheet; expected: a tab-separated file; fix: correct the path (docs/"
            "sheets.md)"
        ) from None
    if content.startswith(b"PK\x03\x04"):
        raise UserError(
            f"{path}: is an Excel workbook or another zip archive; expected: tab-separated text;"
            " fix: save the sheet as text (UTF-8)"
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:200]:
        raise UserError(
            f"{path}: is UTF-16; expected: UTF-8; fix: save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(
            f"{path}: line {line}: byte {content[error.start]:#04x} is not UTF-8, probably Latin-1"
            " or Windows-1252; expected: UTF-8; fix: save it as UTF-8 (iconv -f LATIN1 -t UTF-8)"
        ) from None


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


def check_file(path: str, where: str, made: tuple[str, ...], kind: str = "") -> None:
    """Reject a missing or empty file, unless rules create it (a path in a folder of `made`).

    Of a text file (every `kind` of run but BINARY_KINDS), also another compression than gzip, a
    damaged beginning, and a gzip file without content; of BAM, CRAM and bigWig another format.
    """
    if not path or _lies_in(path, made):
        return
    if not Path(path).is_file():
        raise UserError(
            f"{where}: file {path!r} does not exist; expected: a file, as seen from the folder in"
            " which the workflow is started; fix: correct the path"
        )
    if Path(path).stat().st_size == 0:
        raise UserError(
            f"{where}: file {path!r} is empty; expected: a file with content; fix: copy it again"
        )
    try:
        if kind in ("bam", "bigwig"):
            check_signal_format(path, kind)
        elif kind not in BINARY_KINDS:
            with open_binary(path) as handle:
                if not handle.read(1):
                    raise UserError(f"{path}: is a gzip file without content")
    except UserError as error:
        raise UserError(f"{where}: file {error}") from None


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
        if control := sample["control"]:
            if control not in samples.index:
                raise UserError(
                    f"{where}: control {control!r} is not a sample; available:"
                    f" {_some(samples.index)}"
                )
            _check_control(samples, sample["sample"], where)


def _check_control(samples: pd.DataFrame, name: str, where: str) -> None:
    """Reject a control of another assembly, and controls that lead back to the sample."""
    control = samples.control[name]
    if samples.assembly[control] != samples.assembly[name]:
        raise UserError(
            f"{where}: its control {control!r} is on assembly {samples.assembly[control]!r}, the"
            f" sample on {samples.assembly[name]!r}; expected: one assembly"
        )
    chain = [name]
    while (control := samples.control[chain[-1]]) in samples.index:
        chain.append(control)
        if control == name:
            raise UserError(
                f"{where}: its control is the sample itself ({' → '.join(chain)}); expected: the"
                " input of the sample, which has no control"
            )
        if control in chain[:-1]:
            return  # a circle of other samples, which their rows report


def check_repeated_files(samples: pd.DataFrame, runs: pd.DataFrame, names: tuple[str, str]) -> None:
    """Reject a file that occurs in two runs of a sample, or in a sample and its control.

    Reads and contacts of the file would count twice, and a control that is the sample leaves no
    signal.

    Parameters
    ----------
    samples, runs
        Sheets; the runs with the paths of their files.
    names
        The two sheets' file names, for the message.
    """
    seen: dict[tuple[str, ...], int] = {}
    for number, run in enumerate(runs.to_dict("records"), start=2):
        where = f"{names[1]}: row {number} (run {run['run']!r})"
        # of tables of several samples or chromosomes the column or chromosome makes the difference
        named = "" if run["kind"] in WHOLE_FILES else run["file2"]
        key = (run["sample"], os.path.realpath(run["file"]), named)
        if key in seen:
            raise UserError(
                f"{where}: file {run['file']!r} is also in row {seen[key]}, of the same sample"
                f" ({run['sample']!r}), and would count twice; expected: each file once"
            )
        seen[key] = number
        if run["kind"] == "fastq" and os.path.realpath(run["file2"]) == key[1]:
            raise UserError(
                f"{where}: file and file2 are the same file ({run['file']!r}); expected: the first"
                " and the second mates"
            )
    files = {
        name: {os.path.realpath(file) for file in rows.file}
        for name, rows in runs.groupby("sample")
    }
    for number, sample in enumerate(samples.to_dict("records"), start=2):
        shared = files.get(sample["control"], set()) & files.get(sample["sample"], set())
        if shared:
            raise UserError(
                f"{names[0]}: row {number} (sample {sample['sample']!r}): its control"
                f" {sample['control']!r} has the same file ({min(shared)}); expected: other reads"
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
                f"{where}: assembly {sample['assembly']!r} is not in the config; expected: a key of"
                f" assemblies; available: {known}; fix: add it there, with its fasta or sizes"
                " (`make apply`: FASTA or SIZES)"
            )
        if sample["assay"] in NEEDS_ASSEMBLY and not sample["assembly"]:
            raise UserError(
                f"{where}: assay {sample['assay']} needs an assembly; expected: a key of"
                " assemblies; fix: fill the column assembly"
            )
        kind = kinds[sample["sample"]]
        if kind in ("fastq", "bam"):
            if not sample["assembly"]:
                raise UserError(
                    f"{where}: reads need an assembly; expected: a key of assemblies; fix: fill the"
                    " column assembly"
                )
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
