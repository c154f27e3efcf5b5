"""Real yeast reads, a whole run of real-yeast.yaml, fetched from a server with faults."""

from types import SimpleNamespace

import pandas as pd
import pytest
import yaml
from file_server import FileServer

pytestmark = pytest.mark.real

FAULTS = ("", "cut", "busy", "no ranges")


def fault(path: str, nth: int) -> str:
    """What goes wrong with the nth request of a file: most files fail twice."""
    kind = FAULTS[sum(path.encode()) % len(FAULTS)]
    if kind == "no ranges":
        return ["cut", "no ranges", ""][min(nth - 1, 2)]
    return kind if nth <= 2 else ""


@pytest.fixture(scope="module")
def yeast(make_workflow, real_data, root):
    """The finished run, the server of its files, and the sheet of real files.

    The run itself has no folder of real data: its files come from the server alone.
    """
    server = FileServer(real_data)
    server.fault = fault
    workflow = make_workflow("yeast.yaml")
    config = yaml.safe_load((root / "resources/configs/real-yeast.yaml").read_text())
    config |= {"data_folder": "nowhere", "download": {"pause": 0}}
    (workflow.folder / "yeast.yaml").write_text(yaml.safe_dump(config))
    real = pd.read_csv(root / "resources/sheets/real-data.tsv", sep="\t", dtype=str)
    places = real[real.conversion == "copy"].set_index("datasets").path
    sheet = workflow.folder / "resources/sheets/datasets.tsv"
    table = pd.read_csv(sheet, sep="\t", dtype=str, keep_default_na=False)
    served = table.dataset.isin(places.index)
    table.loc[served, "url"] = [server.url(places[name]) for name in table.dataset[served]]
    table.loc[served, "mirror"] = ""
    table.to_csv(sheet, sep="\t", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CHROMALOOM_REAL_DATA", raising=False)
        workflow.run()
        results = workflow.folder / "results" / "real-yeast"
        yield SimpleNamespace(workflow=workflow, server=server, results=results, files=real.path)
    server.stop()


def test_files_fetched_over_faults_are_whole_and_resumed(yeast, real_data):
    files = [path for path in yeast.files if path.startswith("reads/")]
    assert len(files) == 19
    for path in files:
        fetched = (yeast.workflow.folder / "results/downloads/real" / path).read_bytes()
        assert fetched == (real_data / path).read_bytes(), path
    sizes = sum((real_data / path).stat().st_size for path in files)
    # resumed: not much more than each byte once, though two of three files met a fault
    assert sum(len(ranges) > 1 for ranges in yeast.server.requested.values()) > 8
    assert any(ranges[-1] for ranges in yeast.server.requested.values())
    assert yeast.server.sent < 2 * sizes


def test_reads_and_pairs_map_and_are_counted(yeast):
    mapping = pd.read_csv(yeast.results / "align" / "mapping.tsv", sep="\t")
    assert len(mapping) == 6
    assert (mapping.mapping_rate >= 0.90).all(), mapping
    quality = pd.read_csv(yeast.results / "contacts" / "quality.tsv", sep="\t")
    assert quality.pairs.sum() == 50_000
    assert quality.both_mapped.sum() > 25_000 and quality.cis_1kb.sum() > 7_000, quality
    assert (quality.flatness < 1e-4).all(), quality
    expression = pd.read_csv(yeast.results / "expression" / "BY4741.tsv", sep="\t")
    assert expression.est_counts.sum() > 1000
    assert (yeast.results / "report.html").stat().st_size > 0


def test_spt5_travels_with_the_polymerase(yeast):
    # more of it after the start than before, unlike the input
    profiles = pd.read_csv(yeast.results / "signal" / "profiles.tsv", sep="\t")
    after = profiles[profiles.offset.between(0, 1000)].groupby("target")["mean"].mean()
    before = profiles[profiles.offset.between(-1000, 0)].groupby("target")["mean"].mean()
    assert after.Spt5 / before.Spt5 > 1.3 * after.input / before.input


def test_a_second_run_has_nothing_to_do_and_requests_nothing(yeast):
    before = sum(map(len, yeast.server.requested.values()))
    assert yeast.workflow.jobs() == {}
    assert sum(map(len, yeast.server.requested.values())) == before
