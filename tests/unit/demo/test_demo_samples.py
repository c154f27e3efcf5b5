import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.sheets import check_references, read_sheet
from workflow_scripts.demo.samples import ASSAYS, world_samples

DEMO = {"cells": ["Alpha", "Beta", "Gamma", "Delta"]}


@pytest.fixture
def sheets(root):
    pair = [read_sheet(root / f"resources/sheets/demo.{kind}.tsv",
                       root / f"resources/schemas/{kind}.schema.yaml")
            for kind in ("samples", "runs")]  # fmt: skip
    for column in ("file", "file2"):
        pair[1][column] = pair[1][column].str.replace("{world}", "w")
    return pair


def test_demo_sheets_name_samples_of_the_world(sheets):
    samples, runs = sheets
    check_references(samples, runs, ("samples", "runs"))
    made = world_samples(samples, runs, "w", DEMO)
    assert len(made["ChIP-seq"]) == 36 and len(made["RNA-seq"]) == 8
    assert made["Hi-C"] == ["Alpha_hic"]
    assert {name for names in made.values() for name in names} == set(samples.index)
    marks = samples[(samples.assay == "ChIP-seq") & (samples.target != "input")]
    controls = samples.loc[marks.control]
    assert (controls.target == "input").all()
    assert (controls.cell.to_numpy() == marks.cell.to_numpy()).all()


def test_other_samples_are_left_alone(sheets):
    samples, runs = sheets
    runs = runs.assign(file="elsewhere/" + runs.file)
    assert world_samples(samples, runs, "w", None) == {assay: [] for assay in ASSAYS}


@pytest.mark.parametrize(
    ("sheet", "row", "column", "value", "message"),
    [
        (0, "Alpha_input", "cell", "Omega", "cell 'Omega' is not in the config's demo.cells"),
        (0, "Alpha_H3K4me3", "target", "H3K5", "target 'H3K5' is unknown to the demo"),
        (0, "Alpha_input", "assay", "marks", "assay 'marks'"),
        (0, "Alpha_hic", "assay", "Micro-C", "the world makes ChIP-seq, RNA-seq, Hi-C, HiChIP"),
        (0, "Alpha_hic", "assay", "HiChIP", "target '' is unknown to the demo"),
        (1, "Alpha_hic", "file2", "", "Alpha_hic_1.fastq.gz and {world}"),
        (1, "Alpha_input", "file", "w/fastq/x.gz", "'Alpha_input' {world}/fastq/Alpha_input.f"),
        (1, "Alpha_rna_1", "file2", "", "Alpha_rna_1_1.fastq.gz and {world}"),
    ],
)
def test_what_the_world_cannot_make_is_refused(sheets, sheet, row, column, value, message):
    sheets[sheet].loc[row, column] = value
    with pytest.raises(UserError) as caught:
        world_samples(*sheets, "w", DEMO)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_runs_of_the_world_need_a_world(sheets):
    with pytest.raises(
        UserError, match="no section 'demo'; expected: one, or other files; fix: add"
    ):
        world_samples(*sheets, "w", None)


def test_sheet_frames_are_not_changed(sheets):
    before = [sheet.copy() for sheet in sheets]
    world_samples(*sheets, "w", DEMO)
    for old, new in zip(before, sheets, strict=True):
        pd.testing.assert_frame_equal(old, new)
