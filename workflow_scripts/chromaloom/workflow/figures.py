"""Records of figures, from which rules/figures.smk defines the rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SUFFIXES = ("svg", "png", "tsv")


@dataclass(frozen=True)
class Figure:
    """A figure or drawn table.

    Parameters
    ----------
    section, name
        Paper (or "reads") and name of the files.
    category, labels
        Of the report's menu: heading; item ("Figure 1") and what it shows.
    path
        Outputs without their suffix.
    script
        Path below workflow_scripts/. Its `main` takes inputs and params by name and returns the
        figure and its table.
    inputs, params
        Of the rule. Params have the keys of inputs that were dicts, as `input_keys`.
    env, mem_mb
        File of envs/ without its suffix; memory of the first attempt.
    shown
        Whether the figure is among the targets of the run.
    """

    section: str
    name: str
    category: str
    labels: Mapping[str, str]
    path: str
    script: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    env: str = "plot"
    mem_mb: int = 1000
    shown: bool = True

    @property
    def files(self) -> list[str]:
        """Outputs: vector graphics, bitmap, table."""
        return [f"{self.path}.{suffix}" for suffix in SUFFIXES]


def make_figure(
    place: str,
    title: str,
    *,
    category: str,
    results: str,
    inputs: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    script: str | None = None,
    **options: Any,
) -> Figure:
    """Record of a figure.

    Parameters
    ----------
    place
        SECTION/NAME; the script is SECTION/figures/NAME.py unless `script` says otherwise.
    title
        "ITEM: CONTENT", the labels in the report's menu.
    category, results
        Heading of the report's menu; folder of the run's results.
    inputs
        An input that is a dict (key to file) reaches the script's `main` as a dict.
    params, script, options
        As `Figure`.
    """
    section, name = place.split("/")
    item, content = title.split(": ", 1)
    inputs = inputs or {}
    keys = {key: list(value) for key, value in inputs.items() if isinstance(value, dict)}
    return Figure(
        section=section,
        name=name,
        category=category,
        labels={"item": item, "what": content},
        path=f"{results}/{section}/figures/{name}",
        script=script or f"{section}/figures/{name}.py",
        inputs={k: list(v.values()) if isinstance(v, dict) else v for k, v in inputs.items()},
        params={"input_keys": keys, **(params or {})},
        **options,
    )
