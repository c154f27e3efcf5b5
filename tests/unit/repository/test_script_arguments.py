"""Every argument of a rule's script is one value of its rule (see `job.main_arguments`)."""

import ast


def script_calls(workflow, root):
    """(rule, arguments of the script's main without default, all of them, those it is given)."""
    for rule in workflow.rules:
        path = root / "workflow_scripts" / str(rule.script).partition("workflow_scripts/")[2]
        tree = ast.parse(path.read_text()) if path.suffix == ".py" else ast.Module([])
        mains = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "main"]
        calls = [
            node for node in ast.walk(tree)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "run_script"
        ]  # fmt: skip
        if mains and calls:
            arguments = mains[0].args
            names = [a.arg for a in (*arguments.args, *arguments.kwonlyargs)]
            positional = len(arguments.args) - len(arguments.defaults)
            needed = [a.arg for a in arguments.args[:positional]] + [
                a.arg
                for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
                if default is None
            ]
            yield rule, needed, names, {keyword.arg for keyword in calls[0].keywords}


def test_every_argument_of_a_script_is_found_in_one_place_of_its_rule(workflow, root):
    checked = 0
    for rule, needed, names, given in script_calls(workflow, root):
        checked += 1
        values = [*rule.input.keys(), *rule.output.keys(), *rule.params.keys()]
        known = {*values, *rule.wildcard_names, "threads", "gpu"}
        assert not set(needed) - given - known, f"rule {rule.name}: nothing of that name"
        twice = {name for name in names if values.count(name) > 1}
        assert not twice - given, f"rule {rule.name}: name the one that is meant"
    assert checked > 100
