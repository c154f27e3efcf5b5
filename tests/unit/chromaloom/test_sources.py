from pathlib import Path

from workflow_scripts.chromaloom.workflow.code_files import code_files, imported_names


def write(root: Path, name: str, text: str) -> None:
    path = root / "workflow_scripts" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_imports_are_followed_and_nothing_else_is(tmp_path):
    write(tmp_path, "a/script.py", "import numpy\nfrom workflow_scripts.lib.one import x\n")
    write(tmp_path, "lib/one.py", "def f():\n    from workflow_scripts.lib import two\n")
    write(tmp_path, "lib/two.py", "import workflow_scripts.lib.one\n")  # a circle does not hang
    write(tmp_path, "lib/three.py", "")
    found = code_files("workflow_scripts/a/script.py", tmp_path)
    names = [str(Path(f).relative_to(tmp_path / "workflow_scripts")) for f in found]
    assert names == ["a/script.py", "lib/one.py", "lib/two.py"]


def test_figures_do_not_depend_on_models(root):
    found = code_files("workflow_scripts/deepchrome/figures/fig3.py", root)
    assert any(f.endswith("plot/style.py") for f in found)
    assert not any("model" in Path(f).name or "training" in f for f in found)


def test_no_paper_imports_another_and_the_library_imports_none(root):
    papers = {"conformation", "deepchrome", "enhancement", "deepexpression"}
    for path in (root / "workflow_scripts").rglob("*.py"):
        home = path.relative_to(root / "workflow_scripts").parts[0]
        reached = {Path(f).relative_to(root / "workflow_scripts").parts[0]
                   for f in code_files(path, root)}  # fmt: skip
        assert not (reached & papers) - {home}, f"{path} reaches {reached & papers}"


def test_imports_are_found_wherever_they_stand(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        "import a\n"
        "try:\n    import b\nexcept ImportError:\n    from c import d\nelse:\n    import e\n"
        "finally:\n    import f\n"
        "match a:\n    case 1:\n        import g\n"
        "class C:\n    def m(self):\n        with a:\n            import h.i\n"
        "async def k():\n    for x in a:\n        pass\n    else:\n        import j\n"
    )
    assert imported_names(path) == {"a", "b", "c", "c.d", "e", "f", "g", "h.i", "j"}
