"""Bundles: a trained model in a folder or .zip, with what is needed to use it and to refuse misuse.

A bundle has `model.yaml` (what the model is, reads and gives, how it was trained and scored),
`weights/seedN.keras` (one network per seed; together they are an ensemble), `card.md` (a page for
people), further text files that model.yaml names, and `sha256sums` (of the other files). The rules
read this module, so it imports nothing heavy.
"""

import json
import logging
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from workflow_scripts.chromaloom.download.checksums import checksums
from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.bundle_files import (
    EARLIEST,
    MODEL,
    FolderFiles,
    ZipFiles,
    bundle_files,
    extracted,
    is_inside,
)
from workflow_scripts.chromaloom.workflow.errors import UserError

log = logging.getLogger("chromaloom")
FORMAT = 1
LICENSE = "weights: as the data that they were trained on allow"
NEEDED = ("format", "paper", "model", "inputs", "weights")  # keys of model.yaml
SUMS = "sha256sums"


@dataclass(frozen=True)
class Bundle:
    """A bundle whose checksums are right: its folder or archive, and its model.yaml."""

    folder: Path
    facts: dict[str, Any]

    @property
    def paper(self) -> str:
        """Paper that the model is of."""
        return self.facts["paper"]

    @property
    def verified(self) -> bool:
        """Whether the workflow wrote it from a training of its own."""
        return self.facts.get("verified", True)

    @property
    def inputs(self) -> dict[str, Any]:
        """What the model reads."""
        return self.facts["inputs"]

    @property
    def weights(self) -> list[str]:
        """Files of the networks, in the order of model.yaml; those of an archive are extracted."""
        names = self.facts["weights"]
        folder = extracted(self.folder, names) if self.folder.is_file() else self.folder
        return [str(folder / name) for name in names]

    @property
    def names(self) -> list[str]:
        """Name of each network: that of its file without suffix, such as seed1."""
        return [Path(name).stem for name in self.facts["weights"]]

    @property
    def files(self) -> list[str]:
        """Files that predictions depend on."""
        if self.folder.is_file():
            return [str(self.folder)]
        names = ["model.yaml", SUMS, *self.facts["weights"], *self.facts.get("files", [])]
        return [str(self.folder / name) for name in names]

    def text(self, name: str) -> str:
        """Content of a text file of the bundle."""
        return bundle_files(self.folder, str(self.folder)).text(name)


@dataclass(frozen=True)
class Application:
    """An entry of the config section `apply`: its bundle and its other keys."""

    bundle: Bundle
    settings: dict[str, Any]


def write_bundle(
    folder: str | Path,
    facts: Mapping[str, Any],
    networks: Mapping[str, str | Path],
    card: str,
    texts: Mapping[str, str] | None = None,
) -> None:
    """Write a bundle; equal content gives equal bytes.

    Parameters
    ----------
    folder
        Folder of the bundle.
    facts
        Content of model.yaml other than `format`, `weights` and `files`.
    networks
        File of each network by name (`seed1`), a zip archive: .keras, or .npz of coefficients.
    card
        Text of card.md.
    texts
        Further text files by name, what is too long for model.yaml.
    """
    folder, texts = Path(folder), texts or {}
    weights = {f"weights/{name}{Path(path).suffix}": path for name, path in networks.items()}
    for name, path in weights.items():
        copy_network(path, folder / name)
    content = {"format": FORMAT, **facts, "weights": list(weights)}
    if texts:
        content["files"] = list(texts)
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    for name, written in {"model.yaml": text, "card.md": card, **texts}.items():
        with atomic_path(folder / name) as temporary:
            temporary.write_text(written)
    names = ["model.yaml", "card.md", *texts, *weights]
    with atomic_path(folder / SUMS) as temporary:
        lines = [f"{checksums(folder / name)['sha256']}  {name}\n" for name in names]
        temporary.write_text("".join(lines))


def copy_network(source: str | Path, target: str | Path) -> None:
    """Copy a .keras or .npz file without its times, so that equal networks are equal files."""
    with (
        atomic_path(target) as temporary,
        zipfile.ZipFile(source) as old,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name == "metadata.json":
                known = json.loads(data)
                known.pop("date_saved", None)
                data = json.dumps(known, sort_keys=True).encode()
            new.writestr(zipfile.ZipInfo(name, EARLIEST), data, zipfile.ZIP_DEFLATED)


def read_bundle(folder: str | Path, where: str) -> Bundle:
    """Read a bundle and verify the checksums of its files.

    Parameters
    ----------
    folder
        Its folder, or a .zip archive of it.
    where
        Config file and key, for messages.

    Raises
    ------
    UserError
        No bundle, one of another format, an incomplete one, or a file that is not the one whose
        checksum the bundle has.
    """
    folder = Path(folder)
    place = f"{where}: {folder}"
    files = bundle_files(folder, place)
    if not files.has(MODEL):
        raise UserError(
            f"{place}: no model.yaml; expected: the folder of a bundle, or a .zip archive of it (of"
            " a run with trained models, the target `bundles` writes results/NAME/bundles/)"
        )
    try:
        facts = yaml.safe_load(files.text(MODEL))
    except yaml.YAMLError as error:
        problem = str(error).split("\n")[0]
        raise UserError(f"{place}/model.yaml: not YAML ({problem}); expected: a bundle's") from None
    missing = [key for key in NEEDED if not isinstance(facts, dict) or not facts.get(key)]
    if missing:
        raise UserError(
            f"{place}/model.yaml: missing key {missing[0]!r}; expected: {', '.join(NEEDED)}"
        )
    if facts["format"] != FORMAT:
        raise UserError(
            f"{place}/model.yaml: format {facts['format']!r}; expected: {FORMAT}; fix: use the"
            " version of the workflow that wrote it"
        )
    names = [*facts["weights"], *facts.get("files", [])]
    if outside := [name for name in names if not is_inside(str(name))]:
        raise UserError(
            f"{place}/model.yaml: {outside[0]!r} is not in the bundle; expected: paths"
            " such as weights/seed1.keras; fix: write the bundle again"
        )
    _verify(files, [MODEL, *names], place)
    return Bundle(folder, facts)


def load_bundle(folder: str | Path, where: str) -> Bundle:
    """As `read_bundle`, for jobs: a bundle that was made by hand is named in the log."""
    bundle = read_bundle(folder, where)
    if not bundle.verified:
        log.warning(
            "%s: unverified: %s was made by hand, and whether its networks read what its model.yaml"
            " says was not tested", where, bundle.folder,
        )  # fmt: skip
    return bundle


def _verify(files: FolderFiles | ZipFiles, names: Sequence[str], place: str) -> None:
    """Compare files with the checksums of the bundle."""
    if not files.has(SUMS):
        raise UserError(f"{place}: no {SUMS}; expected: a complete bundle; fix: copy it again")
    lines = files.text(SUMS).splitlines()
    known = {name: value for value, _, name in (line.partition("  ") for line in lines)}
    for name in names:
        if not files.has(name):
            raise UserError(f"{place}: no file {name}; fix: copy the bundle again")
        if files.sha256(name) != known.get(name):
            raise UserError(
                f"{place}: {name} has another checksum than in {SUMS}; expected: the file that the"
                " bundle was written with; fix: copy the bundle again"
            )


def read_applications(
    section: Mapping[str, Mapping[str, Any]], locate: Callable[[str, str], str], where: str
) -> dict[str, Application]:
    """Read the bundles of the config section `apply`.

    Parameters
    ----------
    section
        The section: name -> bundle and other keys.
    locate
        Path of a config value, from the value and the place for messages.
    where
        Config file and section, for messages.
    """
    found = {}
    for name, settings in section.items():
        place = f"{where}.{name}.bundle"
        bundle = read_bundle(locate(settings["bundle"], place), place)
        found[name] = Application(bundle, {**settings})
    return found


def check_same(
    bundle: Bundle, found: Mapping[str, Any], names: Mapping[str, str], where: str
) -> list[str]:
    """Compare the inputs of a run with those of a bundle.

    Parameters
    ----------
    bundle
        The bundle.
    found
        Input of the run by key of model.yaml's `inputs`; None where the run does not know it.
    names
        Name and, after a semicolon, fix of each key that is compared; `{}` stands for the
        bundle's value.
    where
        Config file and key, for messages.

    Returns
    -------
    list of str
        Names of what the run or the bundle does not know, and which was therefore not compared.

    Raises
    ------
    UserError
        An input is another one.
    """
    unknown = []
    for key, text in names.items():
        name, _, fix = text.partition("; ")
        given, wanted = found[key], bundle.inputs.get(key)
        if given is None or wanted is None:
            unknown.append(name)
        elif given != wanted:
            raise UserError(
                f"{where}: {name} is {given!r}, that of the bundle {wanted!r} ({bundle.folder});"
                f" expected: the same; fix: {fix.format(wanted)}"
            )
    return unknown


def score_rows(
    metrics: str | Path,
    sample: str,
    metric: str = "",
    splits: Sequence[str] = ("valid", "test"),
) -> list[dict[str, Any]]:
    """Scores of a sample's models on validation and test data, mean and sd over the seeds.

    Bounds of intervals are left out.

    Parameters
    ----------
    metrics
        A paper's metrics.tsv.
    sample
        Sample or cell of its rows.
    metric
        The only metric to keep; all if empty.
    splits
        Splits to keep.
    """
    table = pd.read_csv(metrics, sep="\t", dtype={"model": str, "sample": str, "split": str})
    table = table[(table["sample"] == sample) & table.split.isin(splits)]
    table = table[(table.metric == metric) if metric else ~table.metric.str.contains("_ci95_")]
    rows = []
    for (model, split, name), group in table.groupby(["model", "split", "metric"], sort=True):
        rows.append(
            {"model": model, "split": split, "metric": name,
             "mean": round(float(group.value.mean()), 6),
             "sd": round(float(group.value.std(ddof=0)), 6), "networks": len(group),
             "n": int(group.n.iloc[0])}
        )  # fmt: skip
    return rows


def card_text(title: str, about: Sequence[str], facts: Mapping[str, Any], metric: str) -> str:
    """Text of card.md: title, paragraphs, inputs, and the test scores of all models in a metric.

    Without scores it ends after the inputs.
    """
    lines = [f"# {title}", ""]
    for paragraph in about:
        lines += [paragraph, ""]
    lines += ["## Inputs", ""]
    for key, value in facts["inputs"].items():
        shown = json.dumps(value, ensure_ascii=False) if value is not None else "unknown"
        lines.append(f"- {key}: {shown}")
    if not facts["metrics"]:
        return "\n".join(lines) + "\n"
    lines += ["", f"## Test scores ({metric})", "", "| model | mean | sd | networks | n |",
              "| --- | --- | --- | --- | --- |"]  # fmt: skip
    for row in facts["metrics"]:
        if row["split"] == "test" and row["metric"] == metric:
            lines.append(
                f"| {row['model']} | {row['mean']:.4g} | {row['sd']:.2g} | {row['networks']} |"
                f" {row['n']} |"
            )
    return "\n".join(lines) + "\n"
