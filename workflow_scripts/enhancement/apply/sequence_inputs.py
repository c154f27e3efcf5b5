"""What a bundle of a sequence model reads: planning its use on a genome or a FASTA.

The rules read this module, so it imports nothing heavy.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from workflow_scripts.chromaloom.genomics.genome import known_sizes
from workflow_scripts.chromaloom.genomics.nucleotides import check_letters
from workflow_scripts.chromaloom.genomics.regions import parse_region
from workflow_scripts.chromaloom.io.files import open_text
from workflow_scripts.chromaloom.ml.bundles import Application, Bundle, check_same
from workflow_scripts.chromaloom.workflow.errors import UserError

KIND = "sequence"  # of the bundles of these models, in model.yaml
SCANNED = 20_000_000  # bytes of a FASTA that is read before any job
ASSEMBLY = {
    "assembly": "assembly; use the genome {0}, name the assembly {0} in assemblies if it is the"
    " same, or set any_assembly: true (`make apply`: ANY_ASSEMBLY=1)"
}
STATED = {
    "resolution": "enhancement.resolution; remove the key, the bundle has its own ({})",
    "window_bins": "enhancement.window_bins; remove the key, the bundle has its own ({})",
}
# keys of an entry that other models read, with their defaults
OTHERS: dict[str, Any] = {"cell": "", "map": "", "match_depth": False}


@dataclass(frozen=True)
class SequencePlan:
    """Sources of one entry of `apply`.

    bundle: the model. assembly: the genome, empty for a FASTA. fasta: FASTA of sequences, empty for
    a genome. regions: where the map is predicted; empty for everywhere. target: name of the map, of
    a model of several.
    """

    bundle: Bundle
    assembly: str
    fasta: str
    regions: list[str]
    target: str

    def dna(self, results: str, name: str) -> str:
        """Indexed FASTA of the entry `name`, in the folder of the results."""
        if self.fasta:
            return f"{results}/apply/{name}/sequences.fa"
        return f"{results}/genome/{self.assembly}/genome.fa"


@dataclass(frozen=True)
class Region:
    """Whole bins of a region, in which windows lie: chromosome, first bin, and number of bins."""

    chrom: str
    first: int
    bins: int


def plan_application(
    application: Application,
    assemblies: Mapping[str, Mapping[str, Any]],
    sizes_of: Callable[[str], Mapping[str, int]],
    stated: Mapping[str, Any],
    where: str,
) -> SequencePlan:
    """Plan the use of a bundle on a genome or a FASTA.

    Parameters
    ----------
    application
        Entry of the config section `apply`; `fasta` is a path.
    assemblies
        The config's genomes.
    sizes_of
        Chromosome lengths (bp) of a genome, as far as they are known before any job; else empty.
    stated
        Of `stated_keys`.
    where
        Config file and key of the entry, for messages.

    Raises
    ------
    UserError
        There is no genome and no FASTA, or both; a key that the model does not read; an assembly,
        resolution or window other than the bundle's; an unknown target; a model that reads
        embeddings; regions or sequences in which no window fits, or a FASTA that is not one of DNA.
    """
    bundle, settings = application.bundle, application.settings
    if bundle.inputs.get("embeddings"):
        raise UserError(
            f"{where}: the model of the bundle reads embeddings of a language model, which the"
            f" workflow does not make ({bundle.folder}); expected: a bundle of a model that reads"
            " DNA"
        )
    for key, default in OTHERS.items():
        if settings.get(key, default) != default:
            raise UserError(
                f"{where}.{key}: {settings[key]!r}, but the model of the bundle reads DNA only;"
                " expected: assembly, or fasta; fix: remove the key"
            )
    targets, target = bundle.facts["outputs"]["targets"], settings["target"]
    if target and target not in targets:
        raise UserError(
            f"{where}.target: {target!r} is no map of the bundle ({bundle.folder});"
            f" expected: {', '.join(targets)}"
        )
    check_same(bundle, {key: stated.get(key) for key in STATED}, STATED, f"{where}")
    assembly, fasta = settings["assembly"], settings["fasta"]
    if fasta and assembly:
        raise UserError(
            f"{where}.fasta: set with assembly; expected: one of them; fix: remove the other"
        )
    if fasta:
        sizes = fasta_sizes(fasta, f"{where}.fasta")
    else:
        assembly = assembly or str(bundle.inputs["assembly"] or "")
        if not assemblies.get(assembly, {}).get("fasta"):
            raise UserError(
                f"{where}: no DNA: assembly {assembly!r} has no fasta; expected: assembly, a key of"
                " assemblies with a fasta, or fasta, a file of sequences"
            )
        if not settings["any_assembly"]:
            check_same(bundle, {"assembly": assembly}, ASSEMBLY, where)
        sizes = sizes_of(assembly)
    if sizes:
        find_regions(settings["regions"], sizes, bundle.inputs, where)
    return SequencePlan(bundle, assembly, fasta, list(settings["regions"]), target or targets[0])


def stated_keys(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of section `enhancement`, of those that are compared, that are not the defaults.

    Parameters
    ----------
    config
        The complete config: it is also read where a run has recorded it.
    schema
        That of the config.

    Returns
    -------
    dict
        Empty if the run trains models of its own, to which the keys belong.
    """
    if "enhancement" in config["papers"]:
        return {}
    defaults = schema["properties"]["enhancement"]["properties"]
    own = config["enhancement"]
    return {key: own[key] for key in STATED if own[key] != defaults[key]["default"]}


def find_regions(
    regions: Sequence[str], sizes: Mapping[str, int], inputs: Mapping[str, Any], where: str
) -> list[Region]:
    """Whole bins of regions, in the order of the genome.

    Parameters
    ----------
    regions
        `chrom` or `chrom:start-end`; empty for all chromosomes that are as long as a window.
    sizes
        Length (bp) of each chromosome.
    inputs
        `inputs` of the bundle's model.yaml.
    where
        Config file and key of the entry, for messages.

    Raises
    ------
    UserError
        A region is shorter than a window or not in the genome, two overlap, or no chromosome is as
        long as a window.
    """
    size, window = inputs["resolution"], inputs["window_bins"]
    needed = f"{window * size:,} bp ({window} bins of {size:,} bp), a window of the bundle"
    if not regions:
        found = [Region(chrom, 0, n // size) for chrom, n in sizes.items() if n // size >= window]
        if not found:
            longest = max(sizes, key=lambda chrom: sizes[chrom])
            raise UserError(
                f"{where}: no sequence is long enough, the longest is {longest!r} of"
                f" {sizes[longest]:,} bp; expected: {needed}"
            )
        return found
    places = []
    order = {chrom: number for number, chrom in enumerate(sizes)}
    for text in regions:
        chrom, start, end = parse_region(text, sizes, f"{where}.regions")
        first, stop = -(-start // size), end // size
        if stop - first < window:
            raise UserError(
                f"{where}.regions: {text!r} has {max(0, stop - first)} whole bins of {size:,} bp;"
                f" expected: at least {needed}"
            )
        places.append((order[chrom], first, stop, text))
    places.sort()
    for one, two in pairwise(places):
        if one[0] == two[0] and two[1] < one[2]:
            raise UserError(
                f"{where}.regions: {one[3]!r} and {two[3]!r} overlap; expected: regions that do"
                " not; fix: join them"
            )
    names = list(sizes)
    return [Region(names[number], first, stop - first) for number, first, stop, _ in places]


def fasta_sizes(path: str, where: str) -> dict[str, int]:
    """Length of each sequence of a FASTA; empty if that is not known without reading a large file.

    Raises
    ------
    UserError
        Letters that are no nucleotides, or two sequences of one name.
    """
    if not Path(path).is_file() or Path(path).stat().st_size > SCANNED:
        return known_sizes({"fasta": path})
    sizes: dict[str, int] = {}
    name = ""
    with open_text(path) as lines:
        for number, line in enumerate(lines, start=1):
            line = line.strip()
            if line.startswith(">"):
                name = line[1:].split(maxsplit=1)[0] if len(line) > 1 else ""
                if name in sizes:
                    raise UserError(
                        f"{where}: {path}: line {number}: a second sequence {name!r}; expected:"
                        " each name once"
                    )
                sizes[name] = 0
            elif line:
                check_letters(line, f"{where}: {path}: line {number}")
                sizes[name] = sizes.get(name, 0) + len(line)
    return sizes
