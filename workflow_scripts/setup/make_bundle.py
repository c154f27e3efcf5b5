"""Make a bundle of networks from elsewhere, and of what is said about their input.

`python -m workflow_scripts.setup.make_bundle OUT --paper deepchrome --inputs facts.yaml A.keras …`
(docs/apply.md). Nothing of it is verified but the shapes.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import yaml

from workflow_scripts.chromaloom.ml.bundles import LICENSE, card_text, write_bundle
from workflow_scripts.chromaloom.workflow.errors import UserError

Shape = tuple[int | None, ...]
ABOUT = [
    "**Unverified**: this bundle was made by hand of networks from elsewhere. Its inputs are as the"
    " person who made it says; only the shapes of the networks were compared with them. There is no"
    " score.",
]


@dataclass(frozen=True)
class ForeignModel:
    """What a bundle of a model has to say.

    Attributes
    ----------
    needed, optional
        Keys of `inputs`; absent optional ones are unknown (null).
    shapes
        Shapes of the network's inputs, without the batch, from `inputs`.
    outputs
        Allowed sizes of its output, from `inputs`.
    said
        Keys of `outputs` and their allowed values.
    names
        Names that the inputs must have; empty for any.
    layer
        Name of a layer that is used by itself; empty for none.
    """

    needed: Sequence[str]
    optional: Sequence[str]
    shapes: Callable[[Mapping[str, Any]], list[Shape]]
    outputs: Callable[[Mapping[str, Any]], list[int]]
    said: Mapping[str, Sequence[str]]
    names: Sequence[str] = ()
    layer: str = ""


PROFILES = ("factors", "resolution", "window", "scale", "regions", "signal_value", "over_control")
GENOME = ("assembly", "chromosomes")


def _pixels(inputs: Mapping[str, Any]) -> list[int]:
    return [inputs["window"] * (inputs["window"] + 1) // 2]


def _profiles(layer: str) -> ForeignModel:
    return ForeignModel(
        needed=PROFILES, optional=GENOME,
        shapes=lambda inputs: [(3 * inputs["window"], len(inputs["factors"]))],
        outputs=_pixels, said={}, layer=layer,
    )  # fmt: skip


def _promoters_and_loops(inputs: Mapping[str, Any]) -> list[Shape]:
    loops = inputs["hichip"]
    if not isinstance(loops["orient_by_strand"], bool):
        raise TypeError("hichip.orient_by_strand is not true or false")
    return [(2 * inputs["half_width"],), (2 * loops["half_width"] // inputs["resolution"],)]


TASKS = {"task": ("regression", "classification")}
MODELS: dict[tuple[str, str], ForeignModel] = {
    ("deepchrome", "deepchrome"): ForeignModel(
        needed=("marks", "n_bins"),
        optional=("unit", "bin_size", "orient", "window", "mean_per_bin", *GENOME),
        shapes=lambda inputs: [(inputs["n_bins"], len(inputs["marks"]))],
        outputs=lambda inputs: [1, 2], said={"network": ("probability", "log probability")},
    ),
    ("deepexpression", "seq"): ForeignModel(
        needed=("half_width",), optional=("hichip", "resolution", "assembly"),
        shapes=lambda inputs: [(2 * inputs["half_width"],)],
        outputs=lambda inputs: [1, 2], said=TASKS, names=("bases",),
    ),
    ("deepexpression", "full"): ForeignModel(
        needed=("half_width", "resolution", "hichip"), optional=("assembly",),
        shapes=_promoters_and_loops,
        outputs=lambda inputs: [1, 2], said=TASKS, names=("bases", "signal"),
    ),
    ("conformation", "forward"): _profiles("sigma"),
    ("conformation", "linear"): _profiles("sigma"),
}  # fmt: skip


def read_facts(path: str | Path, model: ForeignModel) -> dict[str, Any]:
    """Read what is said about the input and the output of a model.

    Returns
    -------
    dict
        `inputs` with all keys of the model, `outputs`, and optionally cell, citation and license.

    Raises
    ------
    UserError
        Not YAML; a key is missing, unknown, or has a value that the model cannot have.
    """
    try:
        facts = yaml.safe_load(Path(path).read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problem = str(error).split("\n")[0]
        raise UserError(
            f"{path}: not a YAML file ({problem}); expected: inputs and outputs of the model; fix:"
            " see docs/apply.md"
        ) from None
    if not isinstance(facts, dict) or not isinstance(facts.get("inputs"), dict):
        raise UserError(f"{path}: no section 'inputs'; expected: {', '.join(model.needed)} in it")
    inputs, allowed = facts["inputs"], (*model.needed, *model.optional)
    if missing := [key for key in model.needed if inputs.get(key) is None]:
        raise UserError(
            f"{path}: inputs: missing key {missing[0]!r}; expected: {', '.join(model.needed)}"
        )
    if unknown := [key for key in inputs if key not in allowed]:
        raise UserError(
            f"{path}: inputs: unknown key {unknown[0]!r}; expected: {', '.join(allowed)}"
        )
    outputs = facts.get("outputs") or {}
    for key, values in model.said.items():
        if outputs.get(key) not in values:
            raise UserError(
                f"{path}: outputs.{key}: {outputs.get(key)!r}; expected: {' or '.join(values)}"
            )
    known = {key: facts[key] for key in ("cell", "citation", "license") if key in facts}
    return {**known, "inputs": {key: inputs.get(key) for key in allowed}, "outputs": outputs}


def check_network(path: str | Path, inputs: Mapping[str, Any], model: ForeignModel) -> None:
    """Compare a network with what is said about its input.

    Raises
    ------
    UserError
        Not a Keras model, or its shapes, inputs or layers cannot be those of the facts.
    """
    try:
        network = keras.models.load_model(path, compile=False)
    except Exception as error:  # of whatever Keras meets in a file of another program
        problem = str(error).strip().split("\n")[0]
        raise UserError(
            f"{path}: not a Keras model that can be loaded ({problem}); expected: a .keras file"
            " without code of its own"
        ) from None
    try:
        wanted, sizes = model.shapes(inputs), model.outputs(inputs)
    except (TypeError, KeyError) as error:
        raise UserError(
            f"inputs: not the values of this model ({error}); expected: numbers and lists as in the"
            " example in docs/apply.md"
        ) from None
    found = [tuple(tensor.shape[1:]) for tensor in network.inputs]
    if found != wanted:
        raise UserError(
            f"{path}: its input is {_shown(found)}; expected: {_shown(wanted)} by the facts; fix:"
            f" correct {', '.join(model.needed)}, or take the network that they are of"
        )
    if model.names and [tensor.name for tensor in network.inputs] != list(model.names):
        raise UserError(
            f"{path}: its inputs are named {[t.name for t in network.inputs]}; expected:"
            f" {list(model.names)}; fix: build it with keras.Input(…, name=…)"
        )
    out = [tuple(tensor.shape[1:]) for tensor in network.outputs]
    if len(out) != 1 or len(out[0]) != 1 or out[0][0] not in sizes:
        raise UserError(
            f"{path}: its output is {_shown(out)}; expected: {' or '.join(map(str, sizes))} values"
        )
    if model.layer and model.layer not in [layer.name for layer in network.layers]:
        raise UserError(
            f"{path}: has no layer {model.layer!r}; expected: a convolution of this name over the"
            " factors, the first layer"
        )


def _shown(shapes: Sequence[Shape]) -> str:
    return " and ".join(map(str, shapes))


def make_bundle(
    out: str | Path, paper: str, model: str, inputs: str, networks: Sequence[str]
) -> None:
    """Write the bundle; its model.yaml says `verified: false`.

    Parameters
    ----------
    out
        Folder of the bundle.
    paper, model
        A key of `MODELS`.
    inputs
        YAML file of `read_facts`.
    networks
        .keras files, of one input; together they are an ensemble.

    Raises
    ------
    UserError
        An unknown model, or as `read_facts` and `check_network`.
    """
    if (paper, model) not in MODELS:
        known = ", ".join(" ".join(key) for key in MODELS)
        raise UserError(f"paper {paper!r}, model {model!r}: not known; expected: {known}")
    expected = MODELS[paper, model]
    facts = read_facts(inputs, expected)
    for path in networks:
        check_network(path, facts["inputs"], expected)
    whole = {
        "paper": paper, "model": model, "verified": False, "license": LICENSE, **facts,
        "training": {"made": "elsewhere"}, "metrics": [],
    }  # fmt: skip
    files = {f"network{number}": path for number, path in enumerate(networks, start=1)}
    card = card_text(f"{paper}, model {model}, from elsewhere", ABOUT, whole, "none")
    write_bundle(out, whole, files, card)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make a bundle; a mistake of the user ends the program with one line."""
    parser = argparse.ArgumentParser(prog="make_bundle", description=__doc__)
    parser.add_argument("out", help="folder of the bundle")
    parser.add_argument("networks", nargs="+", help=".keras files, of one input")
    parser.add_argument("--paper", required=True)
    parser.add_argument("--model", default="", help="by default the paper's name")
    parser.add_argument("--inputs", required=True, help="YAML: inputs and outputs of the model")
    given = parser.parse_args(arguments)
    try:
        make_bundle(
            given.out, given.paper, given.model or given.paper, given.inputs, given.networks
        )
    except UserError as error:
        sys.exit(f"error: {error}")
    print(given.out)


if __name__ == "__main__":
    main()
