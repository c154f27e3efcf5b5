"""Imported loop tables and their errors."""

import gzip

import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.loops import import_loops
from workflow_scripts.loops.loop_tables import read_loop_table, read_loops

SIZES = {"chr1": 52_000, "chr2": 30_000}
# the columns of GSE99519's tables
GEO = ("chromosome1,start1,end1,chromosome2,start2,end2,PET Count,Hypergeometric p-value,"
       "Bayes mixture 1")  # fmt: skip
ROWS = [
    "chr1,5000,10000,chr1,20000,25000,7,0.001,0.97",
    "chr1,45000,50000,chr1,50000,55000,3,0.2,0.25",
    "chr2,20000,25000,chr2,0,5000,12,1e-9,1",
]


@pytest.fixture
def write(tmp_path):
    def run(*rows, header=GEO, zipped=False, separator=","):
        text = "\n".join([header, *rows]).replace(",", separator) + "\n"
        path = tmp_path / "loops.csv"
        path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
        return path

    return run


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_geo_table_is_imported(write, tmp_path, zipped, separator):
    (tmp_path / "sizes").write_text("".join(f"{n}\t{s}\n" for n, s in SIZES.items()))
    out = tmp_path / "out.tsv.gz"
    import_loops.main(
        sample="s", table=str(write(*ROWS[::-1], zipped=zipped, separator=separator)),
        sizes=str(tmp_path / "sizes"), resolution=5000, loops=str(out),
    )  # fmt: skip
    table = read_loops(out)
    assert table.to_dict("split")["data"] == [
        ["chr1", 5000, 10000, "chr1", 20000, 25000, 7, 0.97],
        ["chr1", 45000, 50000, "chr1", 50000, 52000, 3, 0.25],  # the last bin ends with chr1
        ["chr2", 0, 5000, "chr2", 20000, 25000, 12, 1.0],  # the upstream bin first
    ]


def test_a_table_without_probabilities_leaves_them_empty(write):
    header = GEO.split(",Hyper")[0].replace("PET Count", "count")
    table = read_loop_table(write(*(",".join(r.split(",")[:7]) for r in ROWS), header=header),
                            SIZES, 5000)  # fmt: skip
    assert table.probability.isna().all()
    assert sorted(table["count"]) == [3, 7, 12]


def test_names_without_chr_are_matched_and_other_pairs_dropped(write):
    rows = [row.replace("chr", "") for row in ROWS]
    rows += ["1,0,5000,2,0,5000,4,1,0.1", "1,0,5000,1,0,5000,4,1,0.1"]
    table = read_loop_table(write(*rows), SIZES, 5000)
    assert len(table) == 3
    assert set(table.chrom1) == {"chr1", "chr2"}


WRONG = {
    "unknown chromosome": ("chr7,0,5000,chr7,5000,10000,4,1,0.5", "chrom1: bad value ('chr7'; 1"),
    "blank chromosome": (",0,5000,chr1,5000,10000,4,1,0.5", "chrom1: bad value (''; 1 such"),
    "count with a fraction": ("chr1,0,5000,chr1,5000,10000,4.5,1,0.5", "count: bad value ('4.5';"),
    "count in words": ("chr1,0,5000,chr1,5000,10000,many,1,0.5", "count: bad value ('many';"),
    "no count": ("chr1,0,5000,chr1,5000,10000,,1,0.5", "count: bad value ('';"),
    "count of 0": ("chr1,0,5000,chr1,5000,10000,0,1,0.5", "a whole number from 1"),
    "off the grid": ("chr1,2500,7500,chr1,10000,15000,4,1,0.5", "bins of loops.resolution, 5000"),
    "bins of 10 kb": ("chr1,0,10000,chr1,20000,30000,4,1,0.5", "start1: bad value ('0';"),
    "second end off": ("chr1,0,5000,chr1,10000,14000,4,1,0.5", "start2: bad value ('10000';"),
    "beyond the end": ("chr1,0,5000,chr1,55000,60000,4,1,0.5", "a position on the chromosome"),
    "probability of 2": ("chr1,0,5000,chr1,5000,10000,4,1,2", "probability: bad value ('2';"),
    "twice": ("chr1,20000,25000,chr1,5000,10000,4,1,0.5", "chr1:5000 and chr1:20000 are repeated"),
}  # fmt: skip


@pytest.mark.parametrize(("row", "message"), WRONG.values(), ids=WRONG)
def test_invalid_tables_are_rejected_with_one_line(write, row, message):
    path = write(*ROWS, row)
    with pytest.raises(UserError) as caught:
        read_loop_table(path, SIZES, 5000)
    assert message in str(caught.value)
    assert "line 5: " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert "expected: " in str(caught.value)


def test_other_files_are_no_loop_tables(write, tmp_path):
    with pytest.raises(UserError, match="column 'count' is missing"):
        read_loop_table(write(*ROWS, header=GEO.replace("PET Count", "n")), SIZES, 5000)
    with pytest.raises(UserError, match="contains no loop"):
        read_loop_table(write(), SIZES, 5000)
    with pytest.raises(UserError, match=r"none of its chromosomes \(chr8\)"):
        read_loop_table(write("chr8,0,5000,chr8,5000,10000,4,1,0.5"), SIZES, 5000)
    for content in (b"", b"\x1f\x8bnot gzip", bytes(range(128, 256))):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(UserError, match=r"cannot be read as a loop table|is damaged"):
            read_loop_table(tmp_path / "x", SIZES, 5000)


def test_a_table_of_contacts_between_chromosomes_alone_is_rejected(write):
    with pytest.raises(UserError, match=r"loops\.csv"):
        read_loop_table(write("chr1,0,5000,chr2,0,5000,4,1,0.5"), SIZES, 5000)


def bedpe(*rows):
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)


PLACES = [["chr1", 5000, 10000, "chr1", 20000, 25000], ["chr2", 20000, 25000, "chr2", 0, 5000]]
ONE, TWO = PLACES
FORMS = {
    "BEDPE": bedpe([*ONE, "a", 7, "+", "."], [*TWO, "b", 12, "+", "."]),
    "BEDPE of 8 columns": bedpe([*ONE, ".", 7], [*TWO, ".", 12]),
    "counts as column 7": bedpe([*ONE, 7], [*TWO, 12]),
    "counts and a P value": bedpe([*ONE, 7, 0.01], [*TWO, 12, 0.5]),
    "BEDPE with a header": bedpe(
        ["#chrom1", "start1", "end1", "chrom2", "start2", "end2", "name", "score"],
        [*ONE, "a", 7], [*TWO, "b", 12]),
    "HiCCUPS": bedpe(
        ["#chr1", "x1", "x2", "chr2", "y1", "y2", "color", "observed", "expectedBL"],
        ["# juicer_tools version 1.22.01"],
        [*(str(v).removeprefix("chr") for v in ONE), "0,255,255", 7, 3.5],
        [*(str(v).removeprefix("chr") for v in TWO), "0,255,255", 12, 3.5]),
    "cooltools dots": bedpe(
        ["chrom1", "start1", "end1", "chrom2", "start2", "end2", "count", "la_exp.donut.value"],
        [*ONE, 7, 2.5], [*TWO, 12, 0.5]),
    "FitHiChIP": bedpe(
        ["chr1", "s1", "e1", "chr2", "s2", "e2", "cc", "Coverage1"], [*ONE, 7, 9], [*TWO, 12, 9]),
    "comment lines": "# loops of A\n\n" + bedpe([*ONE, ".", 7], [], [*TWO, ".", 12], []),
}  # fmt: skip


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_loops_of_other_programs_have_their_bins_and_counts(tmp_path, text, zipped):
    path = tmp_path / "loops.bedpe"
    path.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
    table = read_loop_table(path, SIZES, 5000)
    assert table.iloc[:, :7].to_numpy().tolist() == [
        ["chr1", 5000, 10000, "chr1", 20000, 25000, 7],
        ["chr2", 0, 5000, "chr2", 20000, 25000, 12],  # the upstream bin first
    ]
    assert table.probability.isna().all()


def test_bedpe_without_counts_and_wrong_rows_are_refused(tmp_path):
    path = tmp_path / "loops.bedpe"

    def check(text, message):
        path.write_text(text)
        with pytest.raises(UserError, match=message) as caught:
            read_loop_table(path, SIZES, 5000)
        assert "\n" not in str(caught.value)

    check(bedpe(ONE, TWO), r"no header, and neither column 7 nor column 8 has whole numbers")
    check(bedpe([*ONE, "a", 0.5], [*TWO, "b", 12]), "neither column 7 nor column 8")
    check("# x\n" + bedpe([*ONE, "a", 7], [TWO[0], "y", *TWO[2:], "b", 12]),
          "line 3: start1: bad value .'y'")  # fmt: skip
    header = ["#chr1", "x1", "x2", "chr2", "y1", "y2", "observed"]
    check(bedpe(header, [ONE[0], "y", *ONE[2:], 7], [*TWO, 7]), "line 2: start1: bad value .'y'")
    check(bedpe(header, [*ONE, 7], [], [*ONE, 7]), "line 4: bins .* are repeated")


def test_positions_of_loops_in_scientific_notation_are_exact(tmp_path):
    # odd case 34
    path = tmp_path / "loops.bedpe"
    path.write_text(bedpe(["chr1", "1e+04", "1.5e4", "chr1", "2e+04", 25000, ".", "7.0"]))
    row = read_loop_table(path, SIZES, 5000).iloc[0]
    assert (row.start1, row.end1, row.start2, row["count"]) == (10_000, 15_000, 20_000, 7)
    path.write_text(bedpe(["chr1", 10000.5, 15000, "chr1", 20000, 25000, ".", 7]))
    with pytest.raises(UserError, match=r"line 1: start1: bad value \('10000.5'"):
        read_loop_table(path, SIZES, 5000)
