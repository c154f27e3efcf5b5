"""The same rows give the same bytes, plain or gzipped, whichever process writes them."""

import os

import pandas as pd
import pytest

from workflow_scripts.chromaloom.io.tables import read_text_table, write_table
from workflow_scripts.chromaloom.workflow.errors import UserError

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


def test_a_table_is_text_by_the_lines_of_its_file(tmp_path):
    path = tmp_path / "t.tsv"
    path.write_text("# made by hand\na\tb\t\n\n1\tNA\t\n# no row\n 2 \t\n")
    table = read_text_table(path)
    assert table.to_dict("index") == {4: {"a": "1", "b": "NA"}, 6: {"a": "2", "b": ""}}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no table"),
        (b"# only a comment\n", "no table"),
        (b"a\tb\ta\n1\t2\t3\n", "column 'a' occurs twice"),
        (b"a\tb\n1\t2\n3\n", "line 3 has 1 columns, the header 2"),
        (b"#\na\tb\n1\t2\t3\n", "line 3 has 3 columns, the header 2"),
        (b"a\tb\n1\t\xfc\n", "not a readable table: .*UTF-8"),
    ],
)
def test_a_table_of_uneven_rows_or_no_text_is_refused(tmp_path, content, words):
    path = tmp_path / "t.tsv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=words) as caught:
        read_text_table(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
