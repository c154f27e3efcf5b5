import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.sheets import (
    check_file,
    check_references,
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
        path.write_text(text)
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


def test_na_is_a_name_like_any_other(read):
    assert read(SAMPLES.replace("H3K4me3", "NA")).target["a"] == "NA"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["the sheet is empty"]),
        ("sample\tcell\tassay\n", ["no rows"]),
        ("sample\tassay\na\tRNA-seq\n", ["missing column 'cell'"]),
        ("sample,cell,assay\na,A,RNA-seq\n", ["missing column", "tab-separated"]),
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
    assert refusal(read_sheet, "nowhere.tsv", schema) == "nowhere.tsv: no such sheet"


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
