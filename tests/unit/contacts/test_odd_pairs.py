"""Pairs as other programs and people write them."""

import bz2
import gzip
import lzma
import random
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from tests.unit.contacts.conftest import SIZES, pair_lines
from tests.unit.contacts.test_pairs import random_rows
from workflow_scripts.chromaloom.genomics import contacts
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.contacts import bin_pairs, import_pairs, pairs_files, plan

HEADER = "## pairs format v1.0.0\n#columns: readID chrom1 pos1 chrom2 pos2 strand1 strand2\n"


@pytest.fixture
def take_in(tmp_path):
    def run(content, kind="pairs", name="in"):
        sizes, source = tmp_path / "chrom.sizes", tmp_path / f"{name}.pairs.gz"
        sizes.write_text("".join(f"{n}\t{s}\n" for n, s in SIZES.items()))
        source.write_bytes(content if isinstance(content, bytes) else content.encode())
        out = {"pairs": str(tmp_path / f"{name}.out.gz"), "stats": str(tmp_path / f"{name}.tsv")}
        import_pairs.main(
            run=name, assembly="sim", file=str(source), sizes=str(sizes), kind=kind, **out
        )
        return out

    return run


def text(rows, header=HEADER):
    return header + "".join("\t".join(map(str, row[:7])) + "\n" for row in rows)


def refused(take_in, message, *given, **settings):
    with pytest.raises(UserError, match=message) as caught:
        take_in(*given, **settings)
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_pairs_in_any_order_and_orientation_give_the_same_map(take_in, merge, tmp_path):
    # odd case 22: the counts of a naive loop, and pairs sorted as pairtools sorts them
    rows = random_rows(600, 11)
    shuffled = [
        [r[0], r[3], r[4], r[1], r[2], r[6], r[5]] if n % 2 else r for n, r in enumerate(rows)
    ]
    random.Random(3).shuffle(shuffled)
    out = merge(take_in(text(shuffled)), deduplicate=False)
    lines = pair_lines(out["pairs"])
    assert sorted(map(tuple, (line[1:7] for line in lines))) == sorted(
        tuple(map(str, row[1:7])) for row in map(turned, rows)
    )
    places = [(line[1], line[3], int(line[2]), int(line[4])) for line in lines]
    assert places == sorted(places)
    bins = pd.DataFrame(
        [(c, s, min(s + 5000, n)) for c, n in SIZES.items() for s in range(0, n, 5000)],
        columns=["chrom", "start", "end"],
    )
    found = pd.concat(bin_pairs.count_pixels(out["pairs"], bins, sample="s", min_distance=0))
    expected = Counter()
    for row in rows:
        ends = [{"chrA": 0, "chrB": 12}[row[i]] + (row[i + 1] - 1) // 5000 for i in (1, 3)]
        expected[tuple(sorted(ends))] += 1
    assert dict(zip(zip(found.bin1_id, found.bin2_id, strict=True), found["count"],
                    strict=True)) == expected  # fmt: skip


def turned(row):
    """The pair with its lesser end first."""
    swap = (row[1], row[2]) > (row[3], row[4])
    return [row[0], row[3], row[4], row[1], row[2], row[6], row[5]] if swap else row


def test_a_position_of_0_is_refused_with_its_line(take_in):
    # odd case 22: positions count from 1, 0-based ones would be moved by a base
    rows = random_rows(5)
    rows[3][4] = 0
    refused(take_in, r"line 6: position 0 on chr[AB]; expected: .*0-based", text(rows))
    refused(take_in, r"line 9: position 0 on", "\n\n" + text(rows, HEADER + "#chromsize: chrA 1\n"))


def test_positions_in_scientific_notation_are_exact(take_in):
    # odd case 34
    rows = [
        ["r", "chrA", "1e+04", "chrA", "2.0001e4", "+", "-"],
        ["r", "chrA", 7, "chrB", "3E3", "+", "+"],
    ]
    assert [line[1:5] for line in pair_lines(take_in(text(rows))["pairs"])] == [
        ["chrA", "10000", "chrA", "20001"], ["chrA", "7", "chrB", "3000"],
    ]  # fmt: skip


@pytest.mark.parametrize("position", ["100.5", "", "x", "nan", "inf", "-3", "1e-3"])
def test_a_position_that_is_not_whole_is_refused_with_its_line(take_in, position):
    # odd case 34
    rows = [*random_rows(4), ["r", "chrA", 7, "chrA", position, "+", "-"]]
    refused(take_in, "line 7: (position|pos2 is empty)", text(rows))
    spaced = [[r[0], r[1], r[2], r[5], r[3], r[4], r[6]] for r in rows]
    if position:
        refused(take_in, "line 5: position", text(spaced, ""), kind="hicpro")


def test_rows_that_lack_columns_are_refused_with_their_line(take_in):
    refused(take_in, "line 4: chrom2 is empty", text(random_rows(1)) + "r\tchrA\t5\n")
    refused(take_in, "line 5: pos2 is empty", text(random_rows(2)) + "r\tchrA\t5\tchrA\n")
    refused(take_in, "line 4: chrom1 is empty", text(random_rows(1)) + "r\t \t5\tchrA\t9\t+\t-\n")
    # without the name of the read, its place is taken by the first chromosome
    rows = text(random_rows(1)) + "chrA\t5\tchrA\t9\t+\t-\n"
    refused(take_in, r"line 4: strand1 '-'|line 4: strand2 ''; expected: \+ - \.", rows)
    typed = HEADER.replace("strand2", "strand2 pair_type")
    rows = "r\tchrA\t5\tchrA\t9\t+\t-\tUU\nr\tchrA\t5\tchrA\t9\t+\t-\n"
    refused(take_in, "line 4: pair_type ''; expected: as UU; fix: give the row", typed + rows)


def test_a_line_that_is_neither_pair_nor_comment_is_refused(take_in):
    refused(take_in, "line 6: chrom1 is empty", text(random_rows(3)) + "cut off")


def test_blank_lines_and_headers_between_pairs_are_skipped(take_in):
    rows = random_rows(6, 2)
    joined = text(rows[:3]) + "\n" + text(rows[3:]) + "\n\n"
    assert len(pair_lines(take_in(joined)["pairs"])) == 6


@pytest.mark.parametrize("fragments", ["", "\t350\tHIC_chrA_1\tHIC_chrA_2\t42\t42"])
def test_hicpro_pairs_given_as_pairs_are_recognized(take_in, tmp_path, fragments):
    # odd case 24: at planning
    rows = random_rows(9, 5)
    lines = [f"r\t{r[1]}\t{r[2]}\t{r[5]}\t{r[3]}\t{r[4]}\t{r[6]}{fragments}\n" for r in rows]
    refused(
        take_in, "line 1: this looks like HiC-Pro's allValidPairs .*kind hicpro", "".join(lines)
    )
    runs = pd.DataFrame([{"run": "a", "kind": "pairs", "file": str(tmp_path / "in.pairs.gz")}])
    with pytest.raises(UserError, match=r"runs.tsv: run 'a': .*HiC-Pro's allValidPairs"):
        plan.check_beginnings(runs, "runs.tsv")
    plan.check_beginnings(runs.assign(kind="hicpro"), "runs.tsv")
    plan.check_beginnings(runs.assign(file="later.pairs"), "runs.tsv")
    found = [line[1:7] for line in pair_lines(take_in("".join(lines), kind="hicpro")["pairs"])]
    assert found == [list(map(str, turned(row)[1:7])) for row in rows]


def test_pairs_given_as_hicpro_are_recognized(take_in):
    refused(take_in, "fix: give the run kind pairs", text(random_rows(2)), kind="hicpro")


def test_names_are_judged_over_the_whole_file(take_in, monkeypatch):
    # the first part of the file lies on a contig that the genome lacks
    monkeypatch.setattr(pairs_files, "CHUNK", 10)
    other = [["r", "Un", n, "Un", n + 5, "+", "-"] for n in range(1, 31)]
    rows = random_rows(40, 6)
    out = take_in(text(other + rows))
    assert [line[1:5] for line in pair_lines(out["pairs"])] == [
        list(map(str, row[1:5])) for row in map(turned, rows)
    ]
    # a contig in common does not decide on names without chr
    bare = [[r[0], r[1][3:], r[2], r[3][3:], *r[4:]] for r in rows]
    assert len(pair_lines(take_in(text(other + bare))["pairs"])) == 40


def test_pairs_without_a_mapped_end_are_kept(take_in):
    rows = [["r", "!", 0, "!", 0, "-", "-"], ["r", "!", 0, "chrA", 7, "-", "+"]]
    found = [line[1:5] for line in pair_lines(take_in(text(rows))["pairs"])]
    assert found == [["!", "0", "!", "0"], ["!", "0", "chrA", "7"]]
    assert len(pair_lines(take_in(text(rows[:1]))["pairs"])) == 1


@pytest.mark.parametrize("kind", ["pairs", "hicpro"])
def test_packed_and_truncated_files_of_pairs_are_named(take_in, kind):
    # odd case 50
    rows = random_rows(3000, 8)
    if kind == "pairs":
        content = text(rows).encode()
    else:
        content = text([[r[0], r[1], r[2], r[5], r[3], r[4], r[6]] for r in rows], "").encode()
    whole = gzip.compress(content)
    refused(take_in, "gzip file is truncated", whole[: len(whole) // 2], kind=kind)
    refused(take_in, "gzip file is (truncated|damaged)", whole[:200] + bytes(300) + whole[500:],
            kind=kind)  # fmt: skip
    refused(take_in, "is bzip2; expected: plain text or gzip", bz2.compress(content), kind=kind)
    refused(take_in, "is xz; expected", lzma.compress(content), kind=kind)
    # plain text in a file named .gz
    assert len(pair_lines(take_in(content, kind=kind)["pairs"])) == 3000


@pytest.mark.parametrize("kind", ["matrix", "geo_contacts"])
def test_packed_and_truncated_text_maps_are_named(tmp_path, kind):
    # odd case 50
    from tests.unit.contacts.test_ready_maps import SETTINGS, counts, write_geo
    from workflow_scripts.contacts import import_map

    sizes = tmp_path / "chrom.sizes"
    sizes.write_text("".join(f"{n}\t{s}\n" for n, s in SIZES.items()))
    table, bins = write_geo(tmp_path, matrix := counts())
    np.savetxt(tmp_path / "m.txt", matrix, fmt="%d")
    whole = (tmp_path / "m.txt").read_bytes()
    if kind == "geo_contacts":
        whole = gzip.decompress(table.read_bytes())
    path = tmp_path / "in.txt.gz"

    def read(content):
        path.write_bytes(content)
        import_map.main(
            kind=kind, files=[str(path)], seconds=[bins if kind == "geo_contacts" else ""],
            sizes=str(sizes), matrix_resolution=0, out=str(tmp_path / "in.mcool"), **SETTINGS,
        )  # fmt: skip
        return contacts.open_map(tmp_path / "in.mcool", 5000, SIZES).matrix(balance=False)[:]

    np.testing.assert_array_equal(read(whole), matrix)  # plain text named .gz
    packed = gzip.compress(whole)
    for content, message in (
        (packed[: len(packed) // 2], "gzip file is truncated"),
        (bz2.compress(whole), "is bzip2; expected"),
        (lzma.compress(whole), "is xz; expected"),
    ):
        with pytest.raises(UserError, match=message) as caught:
            read(content)
        assert "\n" not in str(caught.value)


def test_bin_numbers_of_geo_tables_in_scientific_notation_are_exact(tmp_path):
    # odd case 34
    from workflow_scripts.contacts.geo_tables import check_columns

    part = pd.DataFrame({"cbin1": [1e5, 3.0], "observed_count": [1.5, 2]})
    found = check_columns(part, set(), "x")
    assert found.cbin1.tolist() == [100_000, 3] and found.cbin1.dtype == np.int64
    with pytest.raises(UserError, match=r"line 3: column cbin1 is 3\.5; expected: whole numbers"):
        check_columns(part.assign(cbin1=[1, 3.5]), set(), "x")
