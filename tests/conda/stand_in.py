"""Stands for conda: answers the calls that Snakemake makes, with py-rattler's solver and installer.

CONDA_CHANNEL_ALIAS is where channels lie that are named without a URL.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import yaml
from rattler import (
    Channel,
    ChannelConfig,
    ChannelPriority,
    MatchSpec,
    Subdir,
    VirtualPackage,
    install,
    solve,
)

VERSION = "24.11.0"  # of the conda whose answers these are


def solved(specs: list[str], channels: list[str], alias: str, machine: list) -> list:
    """Packages that satisfy the specs, from channels of strict priority in the order given."""
    config = ChannelConfig(channel_alias=alias)
    return asyncio.run(
        solve(
            [Channel(name, config) for name in channels if name != "nodefaults"],
            [MatchSpec(spec, strict=True) for spec in specs],
            platforms=[Subdir("linux-64"), Subdir("noarch")],
            virtual_packages=machine,
            channel_priority=ChannelPriority.Strict,
        )
    )


def create(file: str, prefix: str) -> None:
    """Make the environment of an env file."""
    wanted = yaml.safe_load(Path(file).read_text())
    specs = [spec for spec in wanted["dependencies"] if isinstance(spec, str)]
    alias = os.environ["CONDA_CHANNEL_ALIAS"]
    records = solved(specs, wanted["channels"], alias, VirtualPackage.detect())
    asyncio.run(
        install(records, prefix, cache_dir=os.environ.get("CONDA_PKGS_DIRS"), show_progress=False)
    )
    explicit = ["@EXPLICIT", *(str(record.url) for record in records)]
    Path(prefix, "explicit.txt").write_text("\n".join(explicit) + "\n")
    for section in wanted["dependencies"]:
        if not isinstance(section, str):
            command = [f"{prefix}/bin/python", "-m", "pip", "install", "-q", *section["pip"]]
            subprocess.run(command, check=True)


def main() -> None:
    """Answer one call."""
    parser = argparse.ArgumentParser()
    for option in ("--file", "--prefix", "--get", "--name"):
        parser.add_argument(option)
    parser.add_argument("--version", action="store_true")
    parser.add_argument("words", nargs="*")
    known, _ = parser.parse_known_args()
    if known.version:
        print(f"conda {VERSION}")
    elif known.words[:1] == ["info"]:
        root = Path(__file__).resolve().parent / "shim"
        print(json.dumps({"conda_prefix": str(root), "platform": "linux-64"}))
    elif known.words[:1] == ["config"]:
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif known.words[:2] == ["env", "create"]:
        create(known.file, known.prefix)
    elif known.words[:1] == ["list"]:
        print(Path(known.prefix, "explicit.txt").read_text(), end="")
    elif known.words[:1] != ["clean"]:
        sys.exit(f"not a call that Snakemake makes: {sys.argv[1:]}")


if __name__ == "__main__":
    try:
        main()
        status = 0
    except Exception as error:  # the solver's words are the answer
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # py-rattler's threads can crash an interpreter that ends by itself
