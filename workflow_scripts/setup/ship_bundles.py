"""Make bundles of resources/bundles anew: train them, store them in less space, and score both.

`python -m workflow_scripts.setup.ship_bundles resources/configs/bundles-deepchrome.yaml [CORES]`

The run of the config is copied to `results/<name>-compact`, its networks are stored as
`compact_networks` does, and its evaluation runs again with them.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from workflow_scripts.chromaloom.ml.bundles import Bundle, read_bundle, write_bundle
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
        A config that SOURCES lists: for it, `mantissa_bits` and `bundles` by name, each with
        `source` (its name in the run), `title`, `license` and `notes`, paragraphs of the card.
    cores
        Cores of the runs.
    """
    plan = yaml.safe_load(SOURCES.read_text())[config]
    name = yaml.safe_load(Path(config).read_text())["name"]
    run, compact = Path("results", name), Path("results", f"{name}-compact")
    snakemake = [
        sys.executable, "-m", "snakemake", "--cores", str(cores), "--resources", "gpu=0",
        "download=4", "--rerun-triggers", "mtime", "--configfile", config,
    ]  # fmt: skip
    sources = [f"bundles/{entry['source']}/model.yaml" for entry in plan["bundles"].values()]
    subprocess.run([*snakemake, "--", *(f"{run}/{path}" for path in sources)], check=True)
    shutil.rmtree(compact, ignore_errors=True)
    shutil.copytree(run, compact)  # with the times of the files: only what follows runs again
    for path in sorted(compact.glob("*/models/**/*.keras")):
        compact_network(path, plan["mantissa_bits"])
        if (path.parent / STAMP).exists():
            (path.parent / STAMP).touch()
    targets = [f"{compact}/{path}" for path in sources]
    subprocess.run([*snakemake, "--config", f"name={compact.name}", "--", *targets], check=True)
    folders = []
    for shipped, entry in plan["bundles"].items():
        places = [folder / "bundles" / entry["source"] for folder in (run, compact)]
        pair = [read_bundle(place, SOURCES.name) for place in places]
        folders.append(ship_bundle(SHIPPED / shipped, config, plan["mantissa_bits"], entry, *pair))
    return folders


def ship_bundle(
    target: Path, config: str, bits: int, entry: Mapping[str, Any], full: Bundle, compact: Bundle
) -> Path:
    """Write a bundle of compact networks with the scores of both; return its folder.

    Parameters
    ----------
    target
        Folder of the bundle.
    config, bits, entry
        The config, and its `mantissa_bits` and the bundle's entry in SOURCES.
    full, compact
        The bundle of the trained networks, and that of the compact ones.
    """
    facts = {key: value for key, value in compact.facts.items() if key not in ("format", "weights")}
    facts["license"] = entry["license"]
    facts["storage"] = {
        "kernels": f"float16, {bits} bits of mantissa",
        "largest_change_of_a_score": largest_change(full.facts["metrics"], facts["metrics"]),
        "float32_metrics": own_rows(full.facts),
    }
    facts["rebuild"] = f"{PROGRAM} {config}"
    card = card_of_shipped((compact.folder / "card.md").read_text(), entry, facts)
    shutil.rmtree(target, ignore_errors=True)
    networks = dict(zip(compact.names, compact.weights, strict=True))
    write_bundle(target, facts, networks, card)
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
    storage = facts["storage"]
    rows = "\n".join(
        f"| {row['split']} | {row['metric']} | {row['mean']:.4f} | {now['mean']:.4f} |"
        for row, now in zip(storage["float32_metrics"], own_rows(facts), strict=True)
    )
    return "\n".join(
        [
            f"# {entry['title']}",
            body.rstrip(),
            "",
            "## Notes",
            "",
            *(line for note in entry["notes"] for line in (note, "")),
            f"License: {entry['license']}",
            "",
            "## Storage",
            "",
            f"Kernels are stored as {storage['kernels']}; Keras computes with them in float32. Mean"
            " scores of the networks as trained, and as stored:",
            "",
            "| split | score | as trained | as stored |",
            "| --- | --- | --- | --- |",
            rows,
            "",
            "## Rebuild",
            "",
            f"```bash\n{facts['rebuild']}\n```",
            "",
        ]
    )


if __name__ == "__main__":
    for folder in ship(sys.argv[1], *map(int, sys.argv[2:3])):
        print(folder)
