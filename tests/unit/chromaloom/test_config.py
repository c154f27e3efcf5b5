import copy

import pytest
import yaml

from workflow_scripts.chromaloom.workflow.config import complete_config, load_schema
from workflow_scripts.chromaloom.workflow.errors import UserError


@pytest.fixture(scope="module")
def schema(root):
    return load_schema(root / "resources" / "schemas")


def minimal():
    return {"name": "x", "samples": "s.tsv", "runs": "r.tsv"}


def refusal(config, schema):
    with pytest.raises(UserError) as caught:
        complete_config(config, schema, "my.yaml")
    return str(caught.value)


def test_every_shipped_config_is_valid(root, schema):
    paths = [root / "config.yaml", *(root / "resources" / "configs").rglob("*.yaml")]
    assert len(paths) >= 3
    for path in paths:
        # a part of a config (`CONFIG=` of make apply) has no name
        config = {"name": "x", **yaml.safe_load(path.read_text())}
        complete_config(config, schema, str(path))


def test_completing_twice_changes_nothing(schema):
    once = complete_config(minimal(), schema, "my.yaml")
    assert complete_config(copy.deepcopy(once), schema, "my.yaml") == once


def test_input_is_left_alone_and_own_values_win(schema):
    config = minimal() | {"deepchrome": {"network": {"filters": 7}}}
    before = copy.deepcopy(config)
    complete = complete_config(config, schema, "my.yaml")
    assert config == before
    assert complete["deepchrome"]["network"] == {
        "filters": 7, "kernel": 10, "pool": 5, "hidden": [625, 125], "dropout": 0.5,
    }  # fmt: skip


def test_absent_demo_section_is_not_added(schema):
    assert "demo" not in complete_config(minimal(), schema, "my.yaml")


def test_every_key_is_described_and_every_default_valid(schema):
    def walk(node, path):
        for name, part in node.get("properties", {}).items():
            assert part.get("description"), f"{path}{name} has no description"
            walk(part, f"{path}{name}.")
            if isinstance(part.get("additionalProperties"), dict):
                walk(part["additionalProperties"], f"{path}{name}.*.")
            if part.get("type") == "object" and "properties" in part:
                assert "additionalProperties" in part, f"{path}{name} lets unknown keys in"

    walk(schema, "")


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"deepchrom": {}}, ["my.yaml: unknown key 'deepchrom'", "'deepchrome'"]),
        ({"align": {"min_mapqq": 3}}, ["my.yaml: align: unknown key", "'min_mapq'"]),
        ({"seed": -1}, ["my.yaml: seed: -1", "0 or more"]),
        ({"seed": "two"}, ["my.yaml: seed: 'two'", "integer"]),
        ({"name": "a b"}, ["my.yaml: name: 'a b'"]),
        ({"name": "downloads"}, ["my.yaml: name: 'downloads'"]),
        ({"deepchrome": {"preset": "fast"}}, ["deepchrome.preset: 'fast'", "default, paper"]),
        ({"deepchrome": {"seeds": [1, 1]}}, ["deepchrome.seeds", "each value once"]),
        ({"deepchrome": {"cell_splits": {"A": {}}}}, ["cell_splits.A: missing key 'split'"]),
        ({"assemblies": {"hg19": {"gtf": "x"}}}, ["assemblies.hg19: missing key 'fasta'"]),
    ],
)
def test_mistakes_are_reported_in_one_line(schema, change, parts):
    message = refusal(minimal() | change, schema)
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_missing_name(schema):
    assert refusal({"samples": "s", "runs": "r"}, schema) == "my.yaml: missing key 'name'"


def test_two_mistakes_give_two_lines(schema):
    assert len(refusal(minimal() | {"seed": -1, "sed": 1}, schema).splitlines()) == 2
