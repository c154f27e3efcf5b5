"""The same rows give the same bytes, plain or gzipped, whichever process writes them."""

import os

import pandas as pd
import pytest

from workflow_scripts.chromaloom.io.tables import write_table

TABLE = pd.DataFrame({"gene": ["a", "b"], "value": [1 / 3, None]})


@pytest.mark.parametrize("name", ["t.tsv", "t.tsv.gz"])
def test_bytes_depend_on_the_rows_alone(tmp_path, monkeypatch, name):
    written = []
    for process in (1, 22):
        monkeypatch.setattr(os, "getpid", lambda process=process: process)
        path = tmp_path / str(process) / name
        write_table(TABLE, path)
        written.append(path.read_bytes())
        pd.testing.assert_frame_equal(pd.read_csv(path, sep="\t"), TABLE)
        assert [p.name for p in path.parent.iterdir()] == [name]
    assert written[0] == written[1]
    write_table(TABLE.iloc[:1], path)
    assert path.read_bytes() != written[0]


def test_options_are_those_of_pandas(tmp_path):
    write_table(TABLE, tmp_path / "t.csv", sep=",", header=False, float_format="%.2g")
    assert (tmp_path / "t.csv").read_text() == "a,0.33\nb,\n"
