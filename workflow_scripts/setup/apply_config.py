"""Write the config of `make apply`: python -m … OUT NAME MODEL [OPTION=VALUE …] (docs/apply.md).

Options without a value are not given. The bins and settings are those of the bundle.
"""

import difflib
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from workflow_scripts.chromaloom.genomics.genome import read_sizes
from workflow_scripts.chromaloom.ml.bundles import Bundle, read_bundle
from workflow_scripts.chromaloom.workflow.errors import UserError

# inputs of a bundle that have a key in the config: paper -> section -> key -> input
SETTINGS: dict[str, dict[str, dict[str, str]]] = {
    "deepchrome": {
        "tss_bins": {"bin_size": "bin_size", "n_bins": "n_bins", "orient": "orient"},
    },
    "deepexpression": {"loops": {"resolution": "resolution"}},
    "conformation": {"signal": {"value": "signal_value", "over_control": "over_control"}},
}


# options that the models of a paper, or of a kind of Enhancement, read
READS: dict[str, str] = {
    "deepchrome": "SAMPLES RUNS FASTA GTF SIZES MATCH_DEPTH ANY_ASSEMBLY",
    "deepexpression": "SAMPLES RUNS FASTA GTF PROMOTERS ANY_ASSEMBLY",
    "conformation": "SAMPLES RUNS FASTA GTF SIZES REGIONS MAP ANY_ASSEMBLY",
    "sequence": "FASTA GTF REGIONS ANY_ASSEMBLY",
    "image": "MAP ANY_ASSEMBLY",
    "hybrid": "MAP FASTA ANY_ASSEMBLY",
}
# what a model needs of them, in words
NEEDS: dict[str, str] = {
    "deepchrome": "SAMPLES and RUNS (two sheets), FASTA and GTF",
    "deepexpression": (
        "PROMOTERS (a FASTA), or FASTA and GTF (a genome), or with HiChIP SAMPLES and RUNS"
        " (two sheets) as well"
    ),
    "conformation": "SAMPLES and RUNS (two sheets), and SIZES or FASTA",
}
GENERAL = ("CORES", "VERBOSE", "BIN", "RESOURCES", "SNAKEMAKE", "SHELL")  # of every target
SETTABLE = ("MODEL", "NAME", "CONFIG")  # variables of the Makefile that are no options of a model
NAMES = {"MAP": "contacts"}  # arguments of `apply_config` that have another name
RUN_NAME = "[A-Za-z0-9][A-Za-z0-9_.-]*"  # as in the schema: the config's name is made of it
SHIPPED = Path("resources", "bundles")
ROOT = Path(__file__).parents[2]


def find_bundle(model: str) -> str:
    """Path of a bundle: a folder or archive, or the name of one that comes with the workflow.

    Raises
    ------
    UserError
        Neither.
    """
    shipped = sorted(path.parent.name for path in (ROOT / SHIPPED).glob("*/model.yaml"))
    if model in shipped and not Path(model).exists():
        return str(SHIPPED / model)
    if not model or not Path(model).exists():
        given = f"{model!r} is neither a file nor one of them" if model else "is not set"
        raise UserError(
            f"make apply: MODEL: {given}; expected: the folder or .zip of a bundle, or the name of"
            f" one that comes with the workflow; available: {', '.join(shipped) or 'none'}"
            f"{_fix(model, shipped)}"
        )
    return model


def check_variables(variables: Sequence[str], configs: str = "") -> None:
    """Refuse a variable that `make apply` does not have, and a config that is no file.

    Parameters
    ----------
    variables
        Names of the variables that the command sets.
    configs
        Value of CONFIG: paths, separated by blanks.

    Raises
    ------
    UserError
        There is one.
    """
    options = {option for text in READS.values() for option in text.split()}
    known = [*SETTABLE, *sorted(options)]
    for name in variables:
        if name not in (*known, *GENERAL):
            raise UserError(
                f"make apply: {name}: no such option; expected: {', '.join(known)}"
                f"{_fix(name, known)}"
            )
    for path in configs.split():
        if not Path(path).is_file():
            raise UserError(
                f"make apply: CONFIG: file {path!r} does not exist; expected: a config (YAML)"
            )


def _fix(given: str, known: Sequence[str]) -> str:
    """The end of a message that names what a misspelt word may stand for."""
    names = {name.lower(): name for name in known}
    close = difflib.get_close_matches(given.lower(), names, n=1)
    return f"; did you mean {names[close[0]]}?" if close else ""


def check_options(bundle: Bundle, given: Mapping[str, str]) -> None:
    """Refuse an option that the model does not read.

    Raises
    ------
    UserError
        There is one.
    """
    kind = bundle.facts.get("kind") or bundle.paper
    allowed = READS.get(kind, "").split()
    if unread := [name for name, value in given.items() if value and name not in allowed]:
        raise UserError(
            f"make apply: {unread[0]}={given[unread[0]]}: is not read by the model"
            f" {bundle.folder}; expected: {', '.join(allowed)}; fix: remove {unread[0]}, or take"
            " another MODEL"
        )


def apply_config(
    bundle: Bundle,
    *,
    name: str,
    samples: str = "",
    runs: str = "",
    fasta: str = "",
    gtf: str = "",
    promoters: str = "",
    regions: str = "",
    sizes: str = "",
    any_assembly: str = "",
    match_depth: str = "",
    contacts: str = "",
) -> dict[str, Any]:
    """Config that runs a bundle on every cell of a sample sheet, or on a genome or FASTA.

    Parameters
    ----------
    bundle
        The model.
    name
        Name of the run.
    samples, runs
        Sheets; empty for a model of sequences on a genome or on `promoters`.
    fasta, gtf
        Genome and genes, of the name that the bundle gives to the assembly, or that of the sheet.
    promoters
        FASTA of promoters.
    regions
        Regions of the genome whose map is predicted, separated by blanks; empty for all of it.
    sizes
        Table of chromosome lengths (`chrom.sizes` of UCSC) in place of `fasta`.
    any_assembly, match_depth
        Not empty: set these keys of the entries.
    contacts
        Contact map, for a model that reads one; of Conformation that of the only cell.

    Raises
    ------
    UserError
        There is nothing to apply the bundle to, `samples` is no sample sheet, a map is given for
        several cells, or `sizes` is no table of lengths.
    """
    if bundle.facts.get("kind") in ("image", "hybrid"):
        config = map_config(bundle, name=name, contacts=contacts, fasta=fasta)
        if any_assembly:
            config["apply"]["map"]["any_assembly"] = True
        return config
    maps = bundle.facts.get("kind") == "sequence"  # DNA to maps, of Enhancement
    if maps and not fasta:
        raise UserError(
            "make apply: nothing to apply the model to; expected: FASTA (a genome), and REGIONS"
            " unless the whole of it is meant"
        )
    reads_sequences = bundle.paper == "deepexpression" and not samples
    alone = bool(promoters or (fasta and gtf)) and reads_sequences
    if not maps and not (samples and runs) and not alone:
        raise UserError(
            "make apply: nothing to apply the model to; expected:"
            f" {NEEDS.get(bundle.paper, 'SAMPLES and RUNS')}"
        )
    assembly = bundle.inputs.get("assembly") or "genome"
    model: dict[str, Any] = {"bundle": str(bundle.folder)}
    model |= {key: True for key, given in (("any_assembly", any_assembly),
                                           ("match_depth", match_depth)) if given}  # fmt: skip
    entries: dict[str, dict[str, Any]] = {}
    if maps:
        entries["maps"] = {**model, "assembly": assembly, "regions": regions.split()}
    elif samples:
        cells, found = _cells(samples)
        assembly = found or assembly
        if regions:
            model["regions"] = regions.split()
        if contacts and len(cells) > 1:
            raise UserError(
                f"make apply: MAP: {contacts}: the sheet has {len(cells)} cells"
                f" ({', '.join(cells)}); expected: one; fix: write a config (docs/apply.md) with"
                " the map of each cell"
            )
        if contacts:
            model["map"] = contacts
        entries = {cell: {**model, "cell": cell} for cell in cells}
    elif promoters:
        entries["promoters"] = {**model, "fasta": promoters}
    else:
        entries["genes"] = {**model, "assembly": assembly}
    config = {"name": name, "papers": [], "apply": entries}
    if samples and not maps:
        config |= {"samples": samples, "runs": runs}
    files: dict[str, Any] = {"fasta": fasta, "gtf": gtf, "sizes": sizes and _lengths(sizes)}
    if given := {key: value for key, value in files.items() if value}:
        config["assemblies"] = {assembly: given}
    for section, keys in SETTINGS.get(bundle.paper, {}).items():
        known = {key: bundle.inputs.get(source) for key, source in keys.items()}
        if wanted := {key: value for key, value in known.items() if value is not None}:
            config[section] = wanted
    return config


def _cells(path: str) -> tuple[list[str], str]:
    """Cells of a sample sheet that the user names, and the first assembly; '' if there is none."""
    if not Path(path).is_file():
        raise UserError(
            f"make apply: SAMPLES: file {path!r} does not exist; expected: a sample sheet; fix:"
            " see docs/own-data.md"
        )
    try:
        sheet = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, comment="#")
        cells = [cell for cell in dict.fromkeys(sheet["cell"]) if cell]
    except (OSError, ValueError, KeyError):
        cells = []
    if not cells:
        raise UserError(
            f"make apply: SAMPLES: {path}: no sample sheet with cells; expected: a file of columns"
            " sample, cell, assay …, separated by tabs; fix: see docs/sheets.md"
        )
    return cells, next((value for value in sheet.get("assembly", []) if value), "")


def _lengths(path: str) -> dict[str, int]:
    """Chromosome lengths (bp) of a table that the user names."""
    try:
        return read_sizes(path)
    except (OSError, ValueError):
        raise UserError(
            f"make apply: SIZES: {path}: no table of chromosome lengths; expected: a file of two"
            " columns without header, name and length (bp), separated by a tab"
        ) from None


def map_config(bundle: Bundle, *, name: str, contacts: str, fasta: str) -> dict[str, Any]:
    """Config that runs a bundle on a contact map; hybrids read the genome as well.

    Raises
    ------
    UserError
        There is no map, or a hybrid has no genome.
    """
    dna = "dna" in bundle.inputs
    if not contacts or (dna and not fasta):
        raise UserError(
            "make apply: nothing to apply the model to; expected: MAP (a .cool, .mcool or .hic)"
            + (", and FASTA (its genome), which a hybrid reads" if dna else "")
        )
    entry = {"bundle": str(bundle.folder), "map": contacts}
    config: dict[str, Any] = {"name": name, "papers": [], "apply": {"map": entry}}
    if dna:
        entry["assembly"] = bundle.inputs["assembly"]
        config["assemblies"] = {entry["assembly"]: {"fasta": fasta}}
    return config


def main(out: str, name: str, model: str, *options: str) -> None:
    """Write the config to `out`; a mistake of the user ends the program with one line."""
    given = dict(option.split("=", 1) for option in options)
    variables, configs = given.pop("VARIABLES", ""), given.pop("CONFIG", "")
    values = {NAMES.get(key, key.lower()): value for key, value in given.items()}
    try:
        if not re.fullmatch(RUN_NAME, name):
            raise UserError(
                f"make apply: NAME: {name!r} is no name of a run; expected: letters, digits, '_',"
                " '.' and '-'"
            )
        check_variables(variables.split(), configs)
        bundle = read_bundle(find_bundle(model), "make apply: MODEL")
        check_options(bundle, given)
        config = apply_config(bundle, name=name, **values)
    except UserError as error:
        sys.exit(f"error: {error}")
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    Path(out).write_text(yaml.safe_dump(config, sort_keys=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
