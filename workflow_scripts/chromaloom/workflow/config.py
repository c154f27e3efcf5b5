"""Config schema: validation with one-line errors, and defaults.

The schema (JSON Schema, draft 2020-12) is the single source of validation, defaults and
docs/configuration.md. A property `$ref: x.schema.yaml` includes another file. Each file in
`papers/` defines the config section of one paper.
"""

import copy
import difflib
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from workflow_scripts.chromaloom.workflow.errors import UserError


def read_yaml(path: str | Path) -> Any:
    """Read a YAML file, with libyaml's faster loader where PyYAML has it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(Path(path).read_text(), Loader=loader)


def load_schema(folder: str | Path) -> dict[str, Any]:
    """Read `config.schema.yaml` of a folder with its sections and papers included."""
    folder = Path(folder)
    schema = _inline(read_yaml(folder / "config.schema.yaml"), folder)
    for path in sorted(folder.glob("papers/*.schema.yaml")):
        section = _inline(read_yaml(path), folder)
        schema["properties"][path.name.removesuffix(".schema.yaml")] = section
    return schema


def paper_names(folder: str | Path) -> list[str]:
    """Names of the papers that have a schema."""
    return sorted(p.name.removesuffix(".schema.yaml") for p in Path(folder).glob("papers/*.yaml"))


def complete_config(config: dict[str, Any], schema: dict[str, Any], source: str) -> dict[str, Any]:
    """Validate a config and return a copy with the schema's defaults filled in.

    Raises
    ------
    UserError
        One line per violation: file, key, value, and what is allowed.
    """
    validate(config, schema, source)
    complete = _with_defaults(copy.deepcopy(config), schema)
    validate(complete, schema, source)  # defaults must be valid too
    return complete


def validate(instance: Any, schema: dict[str, Any], source: str) -> None:
    """Raise a `UserError` with one line per violation of the schema."""
    errors = jsonschema.Draft202012Validator(schema).iter_errors(instance)
    lines = [line for error in sorted(errors, key=lambda e: list(map(str, e.absolute_path)))
             for line in _describe(error)]  # fmt: skip
    if lines:
        raise UserError("\n".join(f"{source}: {line}" for line in lines))


def _inline(node: Any, folder: Path) -> Any:
    """Replace each `$ref` to a file by that file's content; keys beside the `$ref` override it."""
    if isinstance(node, list):
        return [_inline(item, folder) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _inline(value, folder) for key, value in node.items()}
    reference = node.get("$ref", "")
    if reference.endswith(".yaml"):
        target = _inline(read_yaml(folder / reference), folder)
        return {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


def _with_defaults(value: Any, schema: dict[str, Any]) -> Any:
    """Fill absent keys from `default`, recursively.

    A section without a `default` is optional and is not added.
    """
    if isinstance(value, dict):
        for key, part in schema.get("properties", {}).items():
            if key not in value and "default" in part:
                value[key] = copy.deepcopy(part["default"])
            if key in value:
                value[key] = _with_defaults(value[key], part)
        extra = schema.get("additionalProperties")
        if isinstance(extra, dict):
            for key in value.keys() - schema.get("properties", {}).keys():
                value[key] = _with_defaults(value[key], extra)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        value = [_with_defaults(item, schema["items"]) for item in value]
    return value


# JSON Schema keywords in words
BOUNDS = {
    "minimum": "{} or more",
    "maximum": "{} or less",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "{} items or more",
    "maxItems": "{} items or fewer",
    "minLength": "{} characters or more",
    "pattern": "text that matches {}",
}


def _describe(error: jsonschema.ValidationError) -> list[str]:
    """One line per violation: the key's path, the value found, and what is expected."""
    path = ".".join(map(str, error.absolute_path))
    at = f"{path}: " if path else ""
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known))
        return [f"{at}unknown key {key!r}{_did_you_mean(key, known)}" for key in unknown]
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return [f"{at}missing key {key!r}" for key in missing]
    if error.validator == "anyOf" and all("required" in way for way in error.validator_value):
        ways = [", ".join(map(repr, way["required"])) for way in error.validator_value]
        return [f"{at}missing key {' or '.join(ways)}"]
    if error.validator == "enum":
        wanted = f"one of {', '.join(map(str, error.validator_value))}"
    elif error.validator == "propertyNames":
        return [f"{at}{error.message} (a key here must be a plain name)"]
    elif error.validator == "not":
        wanted = "another value"
    elif error.validator == "uniqueItems":
        wanted = "each value once"
    elif error.validator == "type":
        kinds = error.validator_value
        wanted = kinds if isinstance(kinds, str) else " or ".join(kinds)
    elif error.validator in BOUNDS:
        wanted = BOUNDS[error.validator].format(error.validator_value)
    else:
        wanted = f"{error.validator} {error.validator_value}"
    return [f"{at}{error.instance!r} is not allowed; expected: {wanted}"]


def _did_you_mean(key: str, known: list[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; expected: {', '.join(known)}"
