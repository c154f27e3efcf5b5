"""The dataset sheet and the sheet of small real data: what they promise, and what they refuse."""

import gzip
import hashlib
import re
from pathlib import Path

import pandas as pd
import pytest

from workflow_scripts.chromaloom.download.download_lock import read_lock
from workflow_scripts.chromaloom.download.registry import (
    check_datasets,
    check_real_file,
    data_place,
    dataset_place,
    sra_place,
)
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.sheets import read_sheet

ROOT = Path(__file__).parents[3]
SHEETS, SCHEMAS = ROOT / "resources" / "sheets", ROOT / "resources" / "schemas"
DATASETS = read_sheet(SHEETS / "datasets.tsv", SCHEMAS / "datasets.schema.yaml")
REAL = read_sheet(SHEETS / "real-data.tsv", SCHEMAS / "real_data.schema.yaml")
PAPERS = {"conformation", "deepchrome", "deepexpression", "enhancement"}


def test_every_row_becomes_a_file():
    check_datasets(DATASETS, "datasets.tsv")
    places = [dataset_place(row, "d", "rules") for _, row in DATASETS.iterrows()]
    assert len(set(places)) == len(places)


def test_every_row_has_papers_and_confirmation():
    assert {word for cell in DATASETS.papers for word in cell.split()} == {*PAPERS, "small"}
    assert DATASETS.confirmed.isin(["yes", "no"]).all()
    for column in ("how", "license", "source"):
        assert (DATASETS[column] != "").all(), column


def test_nothing_is_claimed_that_was_not_seen():
    by_hand = DATASETS.url.str.startswith("manual:")
    assert (DATASETS.confirmed[by_hand] == "no").all()
    # a checksum is that of a copy; a size without one, that of a stored copy of the repository
    summed = DATASETS.sha256 != ""
    assert DATASETS.how[summed].str.contains("copy at hand").all()
    assert DATASETS.how[(DATASETS.bytes != "") & ~summed].str.contains("stored copy").all()
    assert read_lock(ROOT / "resources" / "downloads.lock.tsv") is not None


def test_addresses_are_whole_and_those_of_github_name_a_commit():
    for url in [*DATASETS.url, *" ".join(DATASETS.mirror).split()]:
        if not url.startswith("manual:"):
            assert re.fullmatch(r"(https|ftp)://[\w.-]+\.\w+/\S+", url), url
        if "raw.githubusercontent.com" in url:
            assert re.search(r"com/[\w.-]+/[\w.-]+/[0-9a-f]{40}/", url), url


def test_the_papers_cells_and_marks_are_all_there():
    cells = pd.read_csv(SHEETS / "deepchrome_cell_types.tsv", sep="\t").cell
    marks = ["H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3"]
    assert {f"{cell}-{mark}" for cell in cells for mark in marks} <= set(DATASETS.index)
    assert len(cells) == 56


def test_inputs_of_the_real_configs_can_be_downloaded_or_are_requested():
    files = [*(ROOT / "resources" / "configs").rglob("*.yaml"), *SHEETS.rglob("*.runs.tsv")]
    named = {
        path for file in files for path in re.findall(r"\{data\}/([\w./+-]+)", file.read_text())
    }
    assert len(named) > 30
    assert not named - set(REAL.path)
    assert set(REAL.datasets) <= set(DATASETS.index)


def test_conversions_have_their_settings():
    for row in REAL.itertuples():
        keys = set(re.findall(r"(\w+)=", row.settings))
        wanted = {
            "dense_map": {"chrom", "length", "resolution", "assembly"},
            "hicexplorer_map": {"assembly"},
        }
        assert keys == wanted.get(row.conversion, set()), row.path


@pytest.mark.real
def test_the_folder_of_real_data_is_what_the_sheets_say(real_data):
    checked = 0
    for row in REAL.itertuples():
        known = DATASETS.loc[row.datasets]
        if not known.sha256:
            continue
        content = (real_data / row.path).read_bytes()
        if row.conversion == "compress":
            content = gzip.decompress(content)
        assert len(content) == int(known.bytes), row.path
        assert hashlib.sha256(content).hexdigest() == known.sha256, row.path
        assert hashlib.md5(content).hexdigest() == known.md5, row.path
        checked += 1
    assert checked > 45


def test_accessions_of_runs_become_paths():
    assert sra_place("sra:SRR5204807", "d", "x") == "d/sra/SRR5204807.fastq.gz"
    assert sra_place("sra:ERR123456_2", "d", "x") == "d/sra/ERR123456_2.fastq.gz"
    for wrong in ("sra:GSM2645434", "sra:SRX123456", "sra:SRR1_3", "sra:SRR123456_3", "sra:../x"):
        with pytest.raises(UserError, match="runs: SRR, ERR, DRR"):
            sra_place(wrong, "d", "runs.tsv: row 2")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://host/", "no file name"),
        ("https://host/a;rm", "no file name"),
        ("manual:the reads", "needs its name"),
        ("sra:SRX1", "SRR"),
    ],
)
def test_rows_that_cannot_become_files_are_refused(url, words):
    sheet = pd.DataFrame([{"dataset": "x", "file": "", "url": url}])
    with pytest.raises(UserError, match=words) as caught:
        check_datasets(sheet, "d.tsv")
    assert str(caught.value).startswith("d.tsv: row 2 (dataset 'x')")


def test_a_query_is_no_part_of_a_file_s_name():
    row = pd.Series({"dataset": "x", "file": "", "url": "https://host/a.gz?download=1"})
    assert dataset_place(row, "d", "") == "d/x/a.gz"


def test_the_folder_of_real_data_wins_where_it_is(tmp_path):
    (tmp_path / "here").mkdir()
    assert data_place("/named", "here", tmp_path, "d") == "/named"
    assert data_place(None, "here", tmp_path, "d") == "here"
    assert data_place(None, "absent", tmp_path, "d") == "d/real"
    assert data_place("", "absent", tmp_path, "d") == "d/real"


def test_an_unavailable_file_is_rejected():
    check_real_file("d/real/reads/a.fq", ["reads/a.fq"], "d", "x")
    check_real_file("elsewhere/b.fq", [], "d", "x")
    with pytest.raises(UserError, match=r"runs.tsv: row 3: 'reads/b.fq' of \{data\}"):
        check_real_file("d/real/reads/b.fq", ["reads/a.fq"], "d", "runs.tsv: row 3")
