import sys

import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.report import make_report


def test_a_report_that_snakemake_does_not_write_leaves_no_page(tmp_path, monkeypatch):
    (tmp_path / "config.yaml").write_text("name: small\n")
    monkeypatch.setattr(make_report, "overview_html", lambda run: "")
    monkeypatch.setattr(sys, "executable", "false")
    with pytest.raises(UserError, match="snakemake --report ended with 1"):
        make_report.main(
            "Snakefile", str(tmp_path / "config.yaml"), targets=[], samples=[], simulated=[],
            published={}, figures=[], applied=[], out=str(tmp_path / "report.html"),
        )  # fmt: skip
    assert not (tmp_path / "report.html").exists()
