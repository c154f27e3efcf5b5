"""Make bundles of resources/bundles anew: train them, store them in less space, and score both.

`python -m workflow_scripts.setup.ship_bundles resources/configs/bundles-deepchrome.yaml [CORES]`

Where bundles are to take less space, the run of the config is copied to `results/<name>-compact`,
their networks are stored as `compact_networks` does, and its evaluation runs again with them.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from workflow_scripts.chromaloom.download.checksums import checksums
from workflow_scripts.chromaloom.ml.bundles import (
    SUMS,
    Bundle,
    copy_network,
    read_bundle,
    write_bundle,
)
from workflow_scripts.setup.compact_networks import compact_network

SHIPPED = Path("resources/bundles")
SOURCES = SHIPPED / "sources.yaml"
STAMP = ".snakemake_timestamp"  # Snakemake's time of a folder that is an output
PROGRAM = "python -m workflow_scripts.setup.ship_bundles"


def ship(config: str, cores: int = 1) -> list[Path]:
    """Make the bundles of a config; return their folders.

    Parameters
    ----------
    config
        A config that SOURCES lists: for it `bundles` by name, each with `source` (its name in the
        run), `title`, `license` and `notes`, paragraphs of the card; and `mantissa_bits` of
        `compact_networks`, without which networks are shipped as trained.
    cores
        Cores of the runs.
    """
    plan = yaml.safe_load(SOURCES.read_text())[config]
    run = Path("results", yaml.safe_load(Path(config).read_text())["name"])
    folders = [f"bundles/{entry['source']}" for entry in plan["bundles"].values()]
    snakemake = [
        sys.executable, "-m", "snakemake", "--cores", str(cores), "--resources", "gpu=0",
        "download=4", "--rerun-triggers", "mtime", "--configfile", config,
    ]  # fmt: skip
    subprocess.run(
        [*snakemake, "--", *(f"{run}/{path}/model.yaml" for path in folders)], check=True
    )
    stored, bits = run, plan.get("mantissa_bits")
    if bits:
        stored = run.with_name(f"{run.name}-compact")
        compact_run(run, stored, folders, bits)
        targets = [f"{stored}/{path}/model.yaml" for path in folders]
        subprocess.run([*snakemake, "--config", f"name={stored.name}", "--", *targets], check=True)
    made = []
    for name, entry in plan["bundles"].items():
        places = [place / "bundles" / entry["source"] for place in (run, stored)]
        pair = [read_bundle(place, SOURCES.name) for place in places]
        made.append(ship_bundle(SHIPPED / name, config, bits, entry, *pair))
    return made


def compact_run(run: Path, copy: Path, bundles: Sequence[str], bits: int) -> None:
    """Copy a run, with compact networks in place of those of its bundles.

    Its scores and what else depends on these networks are left out, so that they are made again;
    files keep their times, so that the rest is not.
    """
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(run, copy)
    sums = [(run / bundle / SUMS).read_text().splitlines() for bundle in bundles]
    shipped = {line.split()[0] for lines in sums for line in lines}
    for path in sorted(copy.glob("*/models/**/*.keras")):
        if packed_checksum(path) in shipped:
            compact_network(path, bits)
            if (path.parent / STAMP).exists():
                (path.parent / STAMP).touch()
    for path in copy.glob("*/metrics.tsv"):
        path.unlink()


def packed_checksum(network: Path) -> str:
    """SHA-256 that a network of a run has in a bundle."""
    with tempfile.TemporaryDirectory() as folder:
        copy_network(network, Path(folder, "packed"))
        return checksums(Path(folder, "packed"))["sha256"]


def ship_bundle(
    target: Path,
    config: str,
    bits: int | None,
    entry: Mapping[str, Any],
    full: Bundle,
    compact: Bundle,
) -> Path:
    """Write a bundle of compact networks with the scores of both; return its folder.

    Parameters
    ----------
    target
        Folder of the bundle.
    config, bits, entry
        The config, and its `mantissa_bits` (None: float32) and the bundle's entry in SOURCES.
    full, compact
        The bundle of the trained networks, and that of the compact ones.

    Raises
    ------
    ValueError
        The two bundles have scores of other rows, or equal scores of unequal networks, which says
        that the compact ones were not scored.
    """
    made = ("format", "weights", "files")  # by write_bundle
    facts = {key: value for key, value in compact.facts.items() if key not in made}
    facts["license"] = entry["license"]
    facts["storage"] = {"kernels": "float32"}
    if bits:
        change = largest_change(full.facts["metrics"], facts["metrics"])
        if not change:
            raise ValueError(f"{target.name}: compact networks have the scores of the trained ones")
        facts["storage"] = {
            "kernels": f"float16, {bits} bits of mantissa",
            "largest_change_of_a_score": change,
            "float32_metrics": own_rows(full.facts),
        }
    facts["rebuild"] = f"{PROGRAM} {config}"
    card = card_of_shipped((compact.folder / "card.md").read_text(), entry, facts)
    shutil.rmtree(target, ignore_errors=True)
    networks = dict(zip(compact.names, compact.weights, strict=True))
    texts = {name: compact.text(name) for name in compact.facts.get("files", [])}
    write_bundle(target, facts, networks, card, texts)
    return target


def own_rows(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Scores of the bundle's own model, without those of the baselines."""
    return [row for row in facts["metrics"] if row["model"] == facts["model"]]


def largest_change(before: Sequence[Mapping], after: Sequence[Mapping]) -> float:
    """Largest absolute difference between the means of scores of the same rows."""
    keys = ("model", "split", "metric")
    known = {tuple(row[key] for key in keys): row["mean"] for row in before}
    found = {tuple(row[key] for key in keys): row["mean"] for row in after}
    if known.keys() != found.keys():
        raise ValueError("scores are not of the same models, splits and metrics")
    return round(max(abs(found[key] - known[key]) for key in known), 6)


def card_of_shipped(card: str, entry: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """The card of a bundle under its title, with its notes, license, storage and command."""
    _, _, body = card.partition("\n")
    lines = [f"# {entry['title']}", body.rstrip(), "", "## Notes", ""]
    for note in entry["notes"]:
        lines += [note, ""]
    lines += [f"License: {entry['license']}", "", "## Storage", ""]
    storage = facts["storage"]
    if "float32_metrics" in storage:
        lines += [
            f"Kernels are stored as {storage['kernels']}; Keras computes with them in float32. Mean"
            " scores of the networks as trained, and as stored:",
            "",
            "| split | score | as trained | as stored |",
            "| --- | --- | --- | --- |",
        ]
        for row, now in zip(storage["float32_metrics"], own_rows(facts), strict=True):
            lines.append(
                f"| {row['split']} | {row['metric']} | {row['mean']:.4f} | {now['mean']:.4f} |"
            )
    else:
        lines.append("Networks are stored as they were trained, in float32.")
    lines += ["", "## Rebuild", "", f"```bash\n{facts['rebuild']}\n```", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    for folder in ship(sys.argv[1], *map(int, sys.argv[2:3])):
        print(folder)
