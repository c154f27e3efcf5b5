"""Bundles of networks from elsewhere: said to be unverified, and compared by shape."""

import logging

import keras
import pytest
import yaml

from workflow_scripts.chromaloom.ml.bundles import load_bundle, read_bundle
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.setup.make_bundle import MODELS, main, make_bundle, read_facts

CHROME = {"inputs": {"marks": ["A", "B"], "n_bins": 7, "assembly": "hg19"},
          "outputs": {"network": "probability"}}  # fmt: skip
LOOPS = {"half_width": 20, "orient_by_strand": False}
SIZES = {"half_width": 5, "resolution": 10}
FULL = {"inputs": {**SIZES, "hichip": LOOPS}, "outputs": {"task": "regression"}}
NO_STRAND = {**FULL, "inputs": {**SIZES, "hichip": {"half_width": 20}}}
FORWARD = {"inputs": {"factors": ["A", "B"], "resolution": 1000, "window": 3, "regions": [],
                      "scale": {"rule": "none"}, "signal_value": "signal", "over_control": False}
           }  # fmt: skip


def network(path, *inputs, units=1, names=None, layer="first"):
    """A network with inputs of some shapes."""
    given = [keras.Input(shape, name=name) for shape, name in
             zip(inputs, names or [None] * len(inputs), strict=True)]  # fmt: skip
    parts = [keras.layers.Flatten()(keras.layers.Identity(name=f"{layer}{n or ''}")(tensor))
             for n, tensor in enumerate(given)]  # fmt: skip
    joined = keras.layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
    keras.Model(given, keras.layers.Dense(units)(joined)).save(path)
    return str(path)


def made(tmp_path, paper, model, facts, *networks):
    (tmp_path / "facts.yaml").write_text(yaml.safe_dump(facts))
    make_bundle(tmp_path / "b", paper, model, str(tmp_path / "facts.yaml"), networks)
    return tmp_path / "b"


def test_a_bundle_from_elsewhere_says_so_in_its_facts_its_card_and_when_it_is_used(
    tmp_path, caplog, capsys
):
    (tmp_path / "f.yaml").write_text(yaml.safe_dump(CHROME))
    nets = [network(tmp_path / f"{n}.keras", (7, 2)) for n in "ab"]
    main(
        [str(tmp_path / "b"), "--paper", "deepchrome", "--inputs", str(tmp_path / "f.yaml"), *nets]
    )
    assert capsys.readouterr().out == f"{tmp_path / 'b'}\n"
    found = read_bundle(tmp_path / "b", "w")
    assert found.facts["verified"] is False
    assert found.names == ["network1", "network2"]
    assert found.inputs["n_bins"] == 7
    assert found.inputs["bin_size"] is found.inputs["mean_per_bin"] is None
    card = (tmp_path / "b/card.md").read_text()
    assert "**Unverified**" in card
    assert "Test scores" not in card
    with caplog.at_level(logging.WARNING, "chromaloom"):
        load_bundle(tmp_path / "b", "apply.x")
    (line,) = caplog.messages
    assert line.startswith("apply.x: unverified: ")
    assert "\n" not in line


def test_every_model_that_fits_its_facts_is_taken(tmp_path):
    seq = {"inputs": {"half_width": 5}, "outputs": {"task": "classification"}}
    made(tmp_path, "deepexpression", "seq", seq,
         network(tmp_path / "s.keras", (10,), units=2, names=["bases"]))  # fmt: skip
    both = network(tmp_path / "f.keras", (10,), (4,), names=["bases", "signal"])
    made(tmp_path, "deepexpression", "full", FULL, both)
    path = network(tmp_path / "c.keras", (9, 2), units=6, layer="sigma")
    made(tmp_path, "conformation", "forward", FORWARD, path)
    assert {paper for paper, _ in MODELS} == {"deepchrome", "deepexpression", "conformation"}


@pytest.mark.parametrize(
    ("paper", "model", "facts", "net", "message"),
    [
        ("deepchrome", "deepchrome", CHROME, dict(inputs=[(8, 2)]),
         r"its input is \(8, 2\); expected: \(7, 2\) by the facts"),
        ("deepchrome", "deepchrome", CHROME, dict(inputs=[(7, 3)]),
         r"\(7, 3\); expected: \(7, 2\)"),
        ("deepchrome", "deepchrome", CHROME, dict(inputs=[(7, 2)], units=3),
         r"its output is \(3,\); expected: 1 or 2 values"),
        ("deepexpression", "full", FULL, dict(inputs=[(10,)], names=["bases"]),
         r"its input is \(10,\); expected: \(10,\) and \(4,\)"),
        ("deepexpression", "full", FULL, dict(inputs=[(10,), (4,)], names=["dna", "signal"]),
         "its inputs are named"),
        ("deepexpression", "full", NO_STRAND,
         dict(inputs=[(10,)]), "not the values of this model .*orient_by_strand"),
        ("conformation", "forward", FORWARD, dict(inputs=[(9, 2)], units=6),
         "has no layer 'sigma'"),
        ("conformation", "forward", FORWARD, dict(inputs=[(9, 2)], units=5, layer="sigma"),
         r"its output is \(5,\); expected: 6 values"),
        ("conformation", "ridge", FORWARD, dict(inputs=[(9, 2)]), "model 'ridge': not known"),
    ],
)  # fmt: skip
def test_networks_that_cannot_be_those_of_the_facts_are_refused(
    tmp_path, paper, model, facts, net, message
):
    path = network(tmp_path / "n.keras", *net.pop("inputs"), **net)
    with pytest.raises(UserError, match=message) as caught:
        made(tmp_path, paper, model, facts, path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "b").exists()


def test_a_file_that_is_no_network_is_refused(tmp_path):
    (tmp_path / "n.keras").write_bytes(b"x")
    with pytest.raises(UserError, match=r"n.keras: not a Keras model that can be loaded") as caught:
        made(tmp_path, "deepchrome", "deepchrome", CHROME, str(tmp_path / "n.keras"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ("a: [", "not a YAML file"),
        ("marks: [A]", "no section 'inputs'; expected: marks, n_bins in it"),
        ("inputs: {marks: [A]}", "inputs: missing key 'n_bins'; expected: marks, n_bins"),
        ("inputs: {marks: [A], n_bins: 7, bins: 7}", "inputs: unknown key 'bins'; expected: marks"),
        ("inputs: {marks: [A], n_bins: 7}",
         "outputs.network: None; expected: probability or log probability"),
    ],
)  # fmt: skip
def test_facts_that_say_too_little_are_refused(tmp_path, facts, message):
    (tmp_path / "f.yaml").write_text(facts)
    with pytest.raises(UserError, match=message) as caught:
        read_facts(tmp_path / "f.yaml", MODELS["deepchrome", "deepchrome"])
    assert str(caught.value).startswith(f"{tmp_path / 'f.yaml'}: ")
    assert "\n" not in str(caught.value)


def test_a_mistake_ends_the_program_with_one_line(tmp_path):
    options = ["--paper", "deepchrome", "--inputs", str(tmp_path / "none.yaml")]
    with pytest.raises(SystemExit, match=r"error: .*none.yaml: not a YAML file"):
        main([str(tmp_path / "b"), *options, "x.keras"])
