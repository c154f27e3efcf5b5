"""Write the pages of docs/ that follow from the schemas and the rules: python -m … FOLDER."""

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from snakemake.api import SnakemakeApi
from snakemake.settings.types import OutputSettings, Quietness, ResourceSettings

from workflow_scripts.chromaloom.workflow.assays import KINDS, PAPER_ASSAYS
from workflow_scripts.chromaloom.workflow.config import load_schema

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "resources" / "schemas"
SHEETS = ("samples", "runs", "datasets")
CONFIG_HEAD = ["| key | allowed | default | what it does |", "| --- | --- | --- | --- |"]
BOUNDS = {
    "minimum": "≥ {}", "exclusiveMinimum": "> {}", "maximum": "≤ {}", "exclusiveMaximum": "< {}",
    "minItems": "at least {} items", "maxItems": "at most {} items", "pattern": "matching `{}`",
}  # fmt: skip


def allowed(schema: dict[str, Any]) -> str:
    """Tell what a key may hold: its type or choices, and bounds."""
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" if value else "empty" for value in schema["enum"])
    kind = schema.get("type", "any")
    text = "/".join(kind) if isinstance(kind, list) else kind
    if isinstance(schema.get("items"), dict):
        text += f" of {allowed(schema['items'])}"
    bounds = [form.format(schema[key]) for key, form in BOUNDS.items() if key in schema]
    return " ".join([text, *bounds]).replace("|", "\\|")


def config_rows(schema: dict[str, Any], prefix: str = "") -> list[str]:
    """One table row per key, sections before their keys."""
    rows = []
    for name, part in schema.get("properties", {}).items():
        key, section = prefix + name, "properties" in part
        default = "" if section or "default" not in part else f"`{json.dumps(part['default'])}`"
        if name in schema.get("required", []):
            default = "*needed*"
        about = " ".join(part.get("description", "").split()).replace("|", "\\|")
        rows.append(
            f"| `{key}` | {'section' if section else allowed(part)} | {default} | {about} |"
        )
        rows += config_rows(part, f"{key}.")
        if isinstance(extra := part.get("additionalProperties"), dict):
            rows += config_rows(extra, f"{key}.*.")
    return rows


def configuration_page() -> str:
    """The page of all config keys: those of the top level, then a table for each section."""
    lines = [
        "# Configuration", "",
        "A config is a YAML file given with `--configfile`; without one, `config.yaml` (the demo)"
        " is used. Unknown keys are rejected. `*` in a key stands for a name of your choice.", "",
        "Generated from `resources/schemas/` by `make docs`; do not edit.",
    ]  # fmt: skip
    schema = load_schema(SCHEMAS)
    single, sections = [], []
    for name, part in schema["properties"].items():
        first, *rest = config_rows({**schema, "properties": {name: part}})
        if not rest:
            single.append(first)
            continue
        about = " ".join(part.get("description", "").split())
        sections += ["", f"## {name}", "", *([about, ""] if about else []), *CONFIG_HEAD, *rest]
    lines += ["", "## General", "", *CONFIG_HEAD, *single, *sections]
    return "\n".join(lines) + "\n"


def sheets_page() -> str:
    """The page of all sheets' columns."""
    lines = [
        "# Sheets", "",
        "Sheets are tab-separated with a header; lines that start with `#` are comments; unknown"
        " columns are rejected.", "",
        "Generated from `resources/schemas/` by `make docs`; do not edit.",
    ]  # fmt: skip
    for sheet in SHEETS:
        schema = yaml.safe_load((SCHEMAS / f"{sheet}.schema.yaml").read_text())
        lines += [
            "",
            f"## {schema['title']} (`{sheet}`)",
            "",
            " ".join(schema["description"].split()),
        ]
        lines += ["", "| column | allowed | what it holds |", "| --- | --- | --- |"]
        for name, part in schema["properties"].items():
            needed = ", needed" if name in schema["required"] else ""
            about = " ".join(part["description"].split()).replace("|", "\\|")
            lines.append(f"| `{name}` | {allowed(part)}{needed} | {about} |")
    lines += kinds_section()
    return "\n".join(lines) + "\n"


def kinds_section() -> list[str]:
    """The table of the papers that use each assay, and the kinds of runs that it may have."""
    lines = [
        "", "## Kinds of input by paper", "",
        "Every paper that uses an assay takes all kinds of it; another kind is rejected before any"
        " job. Notes on single kinds are on the papers' pages.", "",
        f"| assay | kinds | {' | '.join(f'`{paper}`' for paper in PAPER_ASSAYS)} |",
        f"| --- | --- |{' --- |' * len(PAPER_ASSAYS)}",
    ]  # fmt: skip
    for assay, kinds in KINDS.items():
        used = " | ".join("yes" if assay in own else "" for own in PAPER_ASSAYS.values())
        lines.append(f"| `{assay}` | {', '.join(f'`{kind}`' for kind in kinds)} | {used} |")
    return lines


def registered_figures() -> list[Any]:
    """Records of all figures that the rules register (`add_figure`), in the order of the rules."""
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            ResourceSettings(cores=1), snakefile=ROOT / "Snakefile", workdir=ROOT
        )._workflow
        return list(workflow.globals["FIGURES"])


def figures_page(figures: list[Any]) -> str:
    """A table of the figures of each paper."""
    lines = [
        "# Figures and tables", "",
        "All figures and drawn tables, those of the papers and others. Each is a target: SVG, PNG,",
        "and the table that it is drawn from.", "",
        "```bash", "snakemake --cores 2 results/demo/conformation/figures/fig2a.svg", "```", "",
        "A run makes the figures that it has data for; Figure S1 of Conformation needs chromatin",
        "states, for example. The target `figures` makes all of them.", "",
        "Generated from `rules/` by `make docs`; do not edit.",
    ]  # fmt: skip
    for section in dict.fromkeys(figure.section for figure in figures):
        chosen = [figure for figure in figures if figure.section == section]
        lines += [
            "", f"## {chosen[0].category}", "",
            f"In `results/<name>/{section}/figures/`:", "",
            "| file | item | content |", "| --- | --- | --- |",
        ]  # fmt: skip
        lines += [f"| `{f.name}` | {f.labels['item']} | {f.labels['what']} |" for f in chosen]
    return "\n".join(lines) + "\n"


def main(folder: str) -> None:
    """Write all pages into a folder."""
    Path(folder, "configuration.md").write_text(configuration_page())
    Path(folder, "sheets.md").write_text(sheets_page())
    Path(folder, "figures.md").write_text(figures_page(registered_figures()))


if __name__ == "__main__":
    main(sys.argv[1])
