"""The files for contributors: workflows, hooks, templates, the changelog and the site."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
ACTION = ROOT / ".github/actions/setup/action.yml"


def steps(path):
    """Every step of a workflow or composite action."""
    content = yaml.safe_load(path.read_text())
    jobs = content.get("jobs", {}).values() or [content["runs"]]
    return [step for job in jobs for step in job["steps"]]


# --- commands -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path",
    [*WORKFLOWS, ACTION, ROOT / ".ci/run", *ROOT.glob("*.md"), *ROOT.glob("docs/*.md"),
     *ROOT.glob(".github/*.md"), ROOT / ".pre-commit-config.yaml"],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)  # fmt: skip
def test_every_make_target_that_is_named_exists(path):
    text = path.read_text()
    named = re.findall(r"(?:`|^\s*(?:- run: |run: )?|&& )make ([a-z][a-z-]*)", text, re.M)
    assert set(named) <= TARGETS
    if path in WORKFLOWS:
        assert named


def test_pull_requests_are_linted_and_tested_and_the_demo_runs_nightly():
    runs = {path.stem: {step.get("run") for step in steps(path)} for path in WORKFLOWS}
    assert {"make lint", "make site", "make test"} <= runs["ci"]
    assert {"make demo", "make test-all", "make conda"} <= runs["nightly"]


# --- GitHub Actions -------------------------------------------------------------------------------
@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.stem)
def test_workflows_name_files_that_exist_and_actions_with_a_version(path):
    for listed in re.findall(r"hashFiles\(([^)]*)\)", path.read_text()):
        for pattern in re.findall(r"'([^']*)'", listed):
            assert list(ROOT.glob(pattern)), pattern
    for step in steps(path):
        used = step.get("uses", "")
        assert not used.startswith("./") or (ROOT / used / "action.yml").is_file()
        assert not used or used.startswith("./") or re.fullmatch(r"actions/[\w-]+@v\d+", used)


def test_the_python_environment_is_cached_by_what_makes_it():
    (cache,) = (step for step in steps(ACTION) if "cache" in step.get("uses", ""))
    assert cache["with"]["path"] == ".venv"
    assert {"requirements.lock", "workflow_scripts/setup/install.sh"} <= set(
        re.findall(r"'([^']*)'", cache["with"]["key"])
    )


def test_issue_forms_ask_for_what_a_bug_needs():
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/bug.yml").read_text())
    needed = {field["id"] for field in form["body"] if field.get("validations", {}).get("required")}
    assert {"what", "command", "config", "version"} <= needed


# --- hooks and the catalog ------------------------------------------------------------------------
def test_hooks_run_the_tools_of_the_lock_as_lint_does():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    (local,) = config["repos"]
    assert local["repo"] == "local"
    makefile = (ROOT / "Makefile").read_text()
    lint = makefile.split("\nlint:")[1].split("\n\n")[0]
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.M))
    for hook in local["hooks"]:
        assert hook["language"] == "system"
        tool = hook["entry"].split()[0].removeprefix(".venv/bin/")
        assert tool in locked
        assert f"$(BIN)/{tool}" in lint


def test_the_workflow_catalog_lists_the_ways_to_deploy():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    deployment = usage["software-stack-deployment"]
    assert set(deployment) == {"conda", "apptainer", "apptainer+conda", "report"}
    assert deployment["conda"] is True and deployment["report"] is True
    assert usage["mandatory-flags"]["flags"] == ""


# --- versions -------------------------------------------------------------------------------------
def test_the_version_and_its_date_are_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    changelog = (ROOT / "CHANGELOG.md").read_text()
    sections = re.findall(r"^## \[([^\]]+)\](?: - (\d{4}-\d\d-\d\d))?$", changelog, re.M)
    assert sections[0] == ("Unreleased", "")
    version, date = sections[1]
    assert version == PROJECT["version"] == citation["version"]
    assert date == citation["date-released"].isoformat()


def test_changes_are_listed_by_kind():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    kinds = set(re.findall(r"^### (.*)$", changelog, re.M))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


# --- the site -------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built; a broken link or a page that the navigation lacks would fail it."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.html")
    }


def test_every_page_is_built_and_readme_is_the_first(site):
    pages = {path.relative_to(ROOT / "docs") for path in ROOT.glob("docs/**/*.md")}
    assert {path.with_suffix(".html").as_posix() for path in pages} <= set(site)
    title = (ROOT / "README.md").read_text().splitlines()[0].removeprefix("# ")
    assert f'<h1 id="{title.lower()}">{title}' in site["index.html"]
    assert {"CONTRIBUTING.html", "CHANGELOG.html"} <= set(site)


def test_pages_load_nothing_from_elsewhere(site):
    loads = r"<(?:script|img|link|iframe|source)\b[^>]*\b(?:src|href)=\"?((?:https?:)?//[^\"\s>]*)"
    for name, html in site.items():
        assert not re.findall(loads, html), name


def test_code_blocks_are_rendered(site):
    assert not [name for name, html in site.items() if "```" in html]
