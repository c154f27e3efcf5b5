"""Files for genome browsers: they are read again as they were written."""

import numpy as np
import pandas as pd
import pyBigWig

from workflow_scripts.chromaloom.genomics.browser_files import write_bedpe, write_bigwig
from workflow_scripts.loops import write_loops_bedpe
from workflow_scripts.loops.loop_tables import read_loop_table, write_loops
from workflow_scripts.loops.pool_loops import COLUMNS

SIZES = {"chr2": 1000, "chr10": 500, "empty": 70}


def test_a_bigwig_has_the_values_in_any_order_and_no_interval_where_there_is_none(tmp_path):
    table = pd.DataFrame(
        {"chrom": ["chr10", "chr2", "chr2", "other"], "start": [100, 50, 0, 0],
         "end": [200, 60, 50, 9], "value": [3.0, np.nan, 1.5, 7.0]}
    )  # fmt: skip
    write_bigwig(table, SIZES, tmp_path / "x.bw")
    with pyBigWig.open(str(tmp_path / "x.bw")) as track:
        assert list(track.chroms().items()) == list(SIZES.items())
        assert track.intervals("chr2") == ((0, 50, 1.5),)
        assert track.intervals("chr10") == ((100, 200, 3.0),)
        assert track.intervals("empty") is None


def test_a_bigwig_without_any_value_opens(tmp_path):
    none = pd.DataFrame({"chrom": [], "start": [], "end": [], "value": []})
    write_bigwig(none, SIZES, tmp_path / "x.bw")
    with pyBigWig.open(str(tmp_path / "x.bw")) as track:
        assert track.chroms() == SIZES


def test_loops_as_bedpe_are_read_by_the_workflow_s_own_reader_of_bedpe(tmp_path):
    row = ("chr2", 100, 200, "chr2", 500, 600, 3.0, 2, np.nan)
    write_loops(pd.DataFrame([row], columns=COLUMNS), tmp_path / "x.tsv.gz", COLUMNS)
    write_loops_bedpe.main(str(tmp_path / "x.tsv.gz"), bedpe=str(tmp_path / "x.bedpe"))
    lines = (tmp_path / "x.bedpe").read_text().splitlines()
    assert [len(line.split("\t")) for line in lines] == [13, 13]
    assert lines[0].startswith("#chrom1\tstart1\t")
    assert lines[1].split("\t")[10] == "400"  # the distance
    (found,) = read_loop_table(tmp_path / "x.bedpe", SIZES, 100).to_dict("records")
    assert (found["start1"], found["end2"], found["count"]) == (100, 600, 3)


def test_strands_stand_before_further_columns(tmp_path):
    pair = {"gene": "g", "chrom1": "a", "start1": 0, "end1": 1, "chrom2": "a", "start2": 5,
            "end2": 6, "name": "n", "score": 1.5}  # fmt: skip
    write_bedpe(pd.DataFrame([pair]), tmp_path / "x.bedpe")
    header, row = (line.split("\t") for line in (tmp_path / "x.bedpe").read_text().splitlines())
    assert header[8:] == ["strand1", "strand2", "gene"]
    assert row == ["a", "0", "1", "a", "5", "6", "n", "1.5", ".", ".", "g"]
