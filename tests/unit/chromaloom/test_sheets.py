import bz2
import gzip

import pandas as pd
import pyBigWig
import pysam
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.samples import read_sample_sheets
from workflow_scripts.chromaloom.workflow.sheets import (
    check_file,
    check_references,
    check_repeated_files,
    read_sheet,
    resolve_path,
    split_map_groups,
)

SAMPLES = "sample\tcell\tassay\ttarget\na\tA\tChIP-seq\tH3K4me3\nb\tA\tRNA-seq\t\n"
RUNS = "run\tsample\tkind\tfile\nr1\ta\tfastq\tx.fq\nr2\tb\tfastq\ty.fq\n"


@pytest.fixture
def read(tmp_path, root):
    def read(text, name="samples"):
        path = tmp_path / f"{name}.tsv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_sheet(path, root / "resources" / "schemas" / f"{name}.schema.yaml")

    return read


def refusal(call, *args):
    with pytest.raises(UserError) as caught:
        call(*args)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_columns_absent_from_the_file_come_empty(read):
    sheet = read(SAMPLES)
    assert list(sheet.index) == ["a", "b"]
    assert (sheet.control == "").all()


def test_comments_and_blanks_around_cells_are_ignored(read):
    assert read("# a sheet\n" + SAMPLES.replace("H3K4me3", " H3K4me3 ")).equals(read(SAMPLES))


def test_only_lines_that_start_with_a_hash_are_comments(read):
    # FAULTS C6: a note `donor #3` before `control` lost the control
    text = "sample\tcell\tassay\ttarget\tnote\tcontrol\n# a comment\n"
    text += "a\tA\tChIP-seq\tH1\tdonor #3\tb\nb\tA\tChIP-seq\tinput\t#7, lot 2\t\n"
    sheet = read(text)
    assert sheet.control.tolist() == ["b", ""]
    assert sheet.note.tolist() == ["donor #3", "#7, lot 2"]
    runs = read("run\tsample\tkind\tfile\nr\ta\tpeaks\trun#2/peaks#2.bed\n", "runs")
    assert runs.file["r"] == "run#2/peaks#2.bed"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\t\t\n"),  # trailing tabs of Excel
        lambda text: text.replace("\n", "\r\n").replace("\r\n", "\r\n\r\n\t\t\r\n", 1),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("a\tA\t", '"a"\t" A "\t'),
        lambda text: text.rstrip("\t\n"),
    ],
    ids=["trailing tabs", "crlf and blank rows", "bom", "quotes", "no last line end"],
)
def test_a_sheet_saved_by_excel_is_the_same(read, change):
    # odd case 60
    assert read(change(SAMPLES)).equals(read(SAMPLES))


def test_a_quoted_cell_may_have_a_tab(read):
    text = 'sample\tcell\tassay\tnote\na\tA\tRNA-seq\t"two\twords"\n'
    assert read(text).note["a"] == "two\twords"


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (SAMPLES.encode("utf-16"), ["is UTF-16", "UTF-8"]),
        (SAMPLES.encode("utf-16-le"), ["is UTF-16"]),
        ((SAMPLES + "é\tA\tRNA-seq\t\n").encode("latin-1"), ["line 4", "0xe9", "Latin-1"]),
        (b"PK\x03\x04rest", ["Excel workbook"]),
        (SAMPLES.replace("\t", ";").encode(), ["separated by semicolons", "tabs"]),
        ((SAMPLES + "c\tA\tRNA-seq\t\tx\n").encode(), ["row 4", "5 cells", "'x'", "expected: 4"]),
        (b"sample\tcell\tcell\n", ["column 'cell' occurs twice"]),
        (b'sample\tcell\tassay\na\t"A\tRNA-seq\n', ["not a tab-separated sheet"]),
    ],
)  # fmt: skip
def test_other_encodings_and_separators_are_named(read, content, parts):
    # odd case 60
    message = refusal(read, content)
    for part in ["samples.tsv", *parts]:
        assert part in message


CONTROLS = "sample\tcell\tassay\ttarget\tassembly\tcontrol\n"


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ("a A ChIP-seq H1 hg19 b/b A ChIP-seq input hg38 ",
         "row 2 (sample 'a'): its control 'b' is on assembly 'hg38', the sample on 'hg19'"),
        ("a A ChIP-seq H1 w a", "row 2 (sample 'a'): its control is the sample itself (a → a)"),
        ("a A ChIP-seq H1 w b/b A ChIP-seq H2 w c/c A ChIP-seq H3 w b",
         "row 3 (sample 'b'): its control is the sample itself (b → c → b)"),
    ],
)  # fmt: skip
def test_controls_of_other_assemblies_and_in_a_circle_are_refused(read, rows, part):
    # odd case 63
    lines = [row.replace(" ", "\t") for row in rows.split("/")]
    samples = read(CONTROLS + "\n".join(lines) + "\n")
    runs = "".join(f"r{name}\t{name}\tfastq\t{name}.fq\n" for name in samples.index)
    runs = read("run\tsample\tkind\tfile\n" + runs, "runs")
    assert part in refusal(check_references, samples, runs, ("s.tsv", "r.tsv"))


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        (
            ["r1 a mcool x.mcool ", "r2 a mcool ./x.mcool "],
            "row 3 (run 'r2'): file './x.mcool' is also in row 2, of the same sample ('a')",
        ),
        (["r1 a fastq 1.fq 2.fq", "r2 a fastq 1.fq 3.fq"], "row 3 (run 'r2'): file '1.fq'"),
        (["r1 a fastq 1.fq 1.fq"], "row 2 (run 'r1'): file and file2 are the same file"),
        (["r1 a bam x.bam ", "r2 b bam ./x.bam "], "row 2 (sample 'a'): its control 'b' has"),
        (["r1 a matrix x.txt chr1", "r2 a matrix x.txt chr2", "r3 b bam y.bam "], ""),
        (["r1 a binned x.txt H1", "r2 b bam y.bam "], ""),
    ],
)
def test_a_file_counts_once(read, rows, part):
    # odd cases 54 and 63: counts doubled, or a control that is the sample
    samples = read(CONTROLS + "a\tA\tChIP-seq\tH1\tw\tb\nb\tA\tChIP-seq\tinput\tw\t\n")
    lines = ["\t".join(row.split(" ")) for row in ["run sample kind file file2", *rows]]
    runs = read("\n".join(lines) + "\n", "runs")
    if part:
        assert part in refusal(check_repeated_files, samples, runs, ("s.tsv", "r.tsv"))
    else:
        check_repeated_files(samples, runs, ("s.tsv", "r.tsv"))


def test_na_is_a_name_like_any_other(read):
    assert read(SAMPLES.replace("H3K4me3", "NA")).target["a"] == "NA"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["the sheet is empty"]),
        ("sample\tcell\tassay\n", ["no rows"]),
        ("sample\tassay\na\tRNA-seq\n", ["missing column 'cell'"]),
        ("sample,cell,assay\na,A,RNA-seq\n", ["separated by commas", "expected: tabs"]),
        ("sample\tcell\tassay\tcontrl\na\tA\tRNA-seq\t\n", ["unknown column 'contrl'"]),
        (SAMPLES + "a\tA\tRNA-seq\t\n", ["sample 'a'", "rows [2, 4]"]),
        (SAMPLES.replace("RNA-seq", "RNAseq"), ["row 3 (sample 'b')", "'RNAseq'", "RNA-seq"]),
        (SAMPLES.replace("b\t", "$(rm)\t"), ["row 3", "$(rm)"]),
        (SAMPLES.replace("b\t", "../b\t"), ["row 3", "../b"]),
    ],
)
def test_mistakes_name_file_row_and_column(read, text, parts):
    message = refusal(read, text)
    for part in ["samples.tsv", *parts]:
        assert part in message


def test_missing_sheet(root):
    schema = root / "resources" / "schemas" / "samples.schema.yaml"
    assert refusal(read_sheet, "nowhere.tsv", schema).startswith("nowhere.tsv: no such sheet; exp")


@pytest.mark.parametrize(
    ("samples", "runs", "part"),
    [
        (SAMPLES, RUNS.replace("r2\tb", "r2\tc"), "row 3 (run 'r2'): sample 'c' is not in"),
        (SAMPLES, RUNS.replace("r2\tb", "r2\ta"), "row 3 (sample 'b'): no run"),
        (SAMPLES, RUNS + "r3\tb\tbam\tz.bam\n", "one kind per sample"),
        (SAMPLES, f"{RUNS}r3\ta\tfastq\tz\n".replace("\n", "\t\n").replace("file\t", "file\tfile2")
         .replace("z\t", "z\tz2"), "one layout per sample"),
        (SAMPLES.replace("target", "control").replace("H3K4me3", "gone"), RUNS,
         "control 'gone' is not a sample"),
    ],
)  # fmt: skip
def test_inconsistent_sheets_are_rejected(read, samples, runs, part):
    assert part in refusal(check_references, read(samples), read(runs, "runs"), ("s.tsv", "r.tsv"))


def test_sheets_that_agree_pass(read):
    check_references(read(SAMPLES), read(RUNS, "runs"), ("s.tsv", "r.tsv"))


def test_placeholders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert resolve_path("{world}/x", {"world": "w"}, "row", tmp_path) == "w/x"
    message = refusal(resolve_path, "{wrld}/x", {"world": "w", "data": "d"}, "row 2", tmp_path)
    assert message == "row 2: unknown placeholder {wrld} in '{wrld}/x'; expected: {world}, {data}"


def test_working_directory_wins_over_the_snakefile_s(tmp_path, monkeypatch):
    here, beside = tmp_path / "here", tmp_path / "beside"
    for folder in (here, beside):
        folder.mkdir()
    monkeypatch.chdir(here)
    (beside / "x").touch()
    assert resolve_path("x", {}, "row", beside) == str(beside / "x")
    (here / "x").touch()
    assert resolve_path("x", {}, "row", beside) == "x"
    assert resolve_path("made/later", {}, "row", beside) == "made/later"


def test_outputs_of_rules_are_not_looked_up_next_to_the_snakefile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    beside = tmp_path / "clone"
    (beside / "results").mkdir(parents=True)
    (beside / "results" / "x").touch()
    assert resolve_path("results/x", {}, "row", beside, ("results",)) == "results/x"
    assert resolve_path("results/x", {}, "row", beside) == str(beside / "results" / "x")


def test_missing_and_empty_files_are_rejected_unless_rules_create_them(tmp_path):
    check_file("results/demo/x", "row", ("results/demo",))
    assert "does not exist" in refusal(check_file, "results/other", "row", ("results/demo",))
    (tmp_path / "e").touch()
    assert "is empty" in refusal(check_file, str(tmp_path / "e"), "row", ())


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (bz2.compress(b"x"), "is bzip2"),
        (gzip.compress(b""), "is a gzip file without content"),  # an empty control
        (b"\x1f\x8bno deflate", "gzip file is damaged"),
        (gzip.compress(b"x" * 100)[:8], "gzip file is truncated"),
    ],
)
def test_compressions_that_cannot_be_read_are_named_in_the_plan(tmp_path, content, part):
    # odd cases 50 and 54
    path = tmp_path / "reads.fastq.gz"
    path.write_bytes(content)
    message = refusal(check_file, str(path), "row 2", (), "fastq")
    assert message.startswith("row 2: file ") and part in message
    check_file(str(path), "row 2", (), "cool")


def test_alignments_and_tracks_of_other_formats_are_named_in_the_plan(tmp_path):
    # odd cases 50 and 52
    bam, bigwig = str(tmp_path / "x.bam"), str(tmp_path / "x.bw")
    header = {"HD": {"VN": "1.6"}, "SQ": [{"SN": "chr1", "LN": 900}]}
    with pysam.AlignmentFile(bam, "wb", header=header) as out:
        for n in range(200):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.query_sequence, read.cigartuples = f"r{n}", "ACGT", [(0, 4)]
            read.reference_id, read.reference_start = 0, n
            out.write(read)
    with pyBigWig.open(bigwig, "w") as out:
        out.addHeader([("chr1", 900)])
        out.addEntries(["chr1"], [0], ends=[9], values=[1.0])
    check_file(bam, "row 2", (), "bam")
    check_file(bigwig, "row 2", (), "bigwig")
    assert "no bigWig file" in refusal(check_file, bam, "row 2", (), "bigwig")
    assert "no BAM or CRAM file" in refusal(check_file, bigwig, "row 2", (), "bam")
    whole = (tmp_path / "x.bam").read_bytes()
    (tmp_path / "x.bam").write_bytes(whole[:-40])
    assert "row 2: file" in (line := refusal(check_file, bam, "row 2", (), "bam"))
    assert "the BAM file is truncated" in line
    (tmp_path / "x.bam").write_text("@HD\tVN:1.6\n")
    assert "SAM text" in refusal(check_file, bam, "row 2", (), "bam")


def test_text_of_either_kind_passes(tmp_path):
    for content in (b"x", gzip.compress(b"x")):
        (tmp_path / "x.gz").write_bytes(content)
        check_file(str(tmp_path / "x.gz"), "row 2", (), "fastq")


def test_a_sheet_that_is_no_text_is_named(tmp_path, root):
    path = tmp_path / "samples.tsv"
    path.write_bytes(b"sample\tcell\n\xff\xfe\tA\n")
    schema = root / "resources" / "schemas" / "samples.schema.yaml"
    assert "samples.tsv" in refusal(read_sheet, path, schema)


def test_the_group_of_a_map_is_split_from_its_file():
    runs = pd.DataFrame(
        [
            ("a", "mcool", "x.mcool::/resolutions/5000", ""),
            ("b", "mcool", "x.mcool", ""),
            ("c", "pairs", "odd::name.pairs", ""),
        ],
        columns=["run", "kind", "file", "file2"],
    ).set_index("run", drop=False)
    found = split_map_groups(runs)
    assert found.file.tolist() == ["x.mcool", "x.mcool", "odd::name.pairs"]
    assert found.file2.tolist() == ["/resolutions/5000", "", ""]


def test_a_run_without_papers_needs_no_sheets_and_any_other_names_the_missing_key(root):
    def read_all(**changes):
        config = {"samples": "", "runs": "", "papers": [], "assemblies": {}} | changes
        return read_sample_sheets(
            config, root / "resources/schemas", locate=lambda text, where: text, made=(),
            config_file="c.yaml", results="results/x",
        )  # fmt: skip

    sheets = read_all()
    assert sheets.samples.empty
    assert sheets.samples_with() == sheets.cells_with("Hi-C") == []
    with pytest.raises(UserError, match=r"c\.yaml: missing key 'samples'; expected: the path"):
        read_all(papers=["deepchrome"])
    with pytest.raises(UserError, match=r"c\.yaml: missing key 'runs'"):
        read_all(samples="resources/sheets/demo.samples.tsv")
