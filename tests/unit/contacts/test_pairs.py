"""Merging, counting and importing pairs."""

import gzip
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.unit.contacts.conftest import SIZES, header, pair_lines
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.contacts import import_pairs
from workflow_scripts.contacts.merge_pairs import read_stats, require_pairs
from workflow_scripts.contacts.pairs_files import header_lines, read_hicpro, read_pairs
from workflow_scripts.contacts.programs import python_program


def random_rows(number, seed=0, types=("UU",)):
    """Rows of pairs, lesser end first."""
    rng = np.random.default_rng(seed)
    names, rows = list(SIZES), []
    for _ in range(number):
        ends = sorted(
            (int(c), int(rng.integers(1, SIZES[names[c]]))) for c in rng.integers(0, 2, 2)
        )
        strands = rng.choice(["+", "-"], 2)
        (a, p), (b, q) = ends
        rows.append([".", names[a], p, names[b], q, *strands, rng.choice(types)])
    return rows


@pytest.fixture
def run_file(tmp_path):
    """A run's pairs and counts, as the stage's own scripts write them."""

    def write(rows, name="run", reads=True):
        text = "\n".join(header_lines(SIZES, "sim")) + "\n"
        text += "".join("\t".join(map(str, row)) + "\n" for row in rows)
        pairs, stats = tmp_path / f"{name}.pairs.gz", tmp_path / f"{name}.tsv"
        pairs.write_bytes(gzip.compress(text.encode()))
        more = ("\treads\tmapped", f"\t{2 * len(rows)}\t{2 * len(rows)}") if reads else ("", "")
        stats.write_text(f"run\tpairs{more[0]}\n{name}\t{len(rows)}{more[1]}\n")
        return {"pairs": str(pairs), "stats": str(stats)}

    return write


@pytest.fixture
def take_in(genome, tmp_path):
    def run(text, name="in", zipped=False):
        source = tmp_path / f"{name}.pairs"
        source.write_bytes(gzip.compress(text.encode()) if zipped else text.encode())
        out = {"pairs": str(tmp_path / f"{name}.pairs.gz"), "stats": str(tmp_path / f"{name}.tsv")}
        import_pairs.main(
            run=name, assembly="sim", file=str(source), sizes=str(genome.sizes), **out
        )
        return out

    return run


def test_lanes_are_merged_sorted_and_their_duplicates_dropped(run_file, merge):
    one, two = random_rows(300, 1), random_rows(200, 2)
    copies = [[*row[:2], row[2] + 1, *row[3:]] for row in one[:40]]
    far = [[*row[:2], row[2] + 5, *row[3:]] for row in one[40:50]]  # beyond max_mismatch
    out = merge(run_file(one, "a"), run_file(two + copies + far, "b"))
    stats = read_stats(out["stats"])
    assert (stats["total"], stats["total_dups"], stats["total_nodups"]) == ("550", "40", "510")
    rows = pair_lines(out["pairs"])
    assert len(rows) == 510
    places = [(row[1], row[3], int(row[2]), int(row[4])) for row in rows]
    assert places == sorted(places)


def test_counts_are_those_of_pairtools_stats(run_file, merge, tmp_path):
    """The whole table, by hand on the same pairs: sort, dedup with everything kept, stats."""
    rows = random_rows(800, 3) + random_rows(150, 3) + [
        [".", "!", 0, "chrA", 7 + n, "-", "+", "NU"] for n in range(30)
    ] + [[".", "!", 0, "!", 0, "-", "-", "NN"]] * 20  # fmt: skip
    given = run_file(rows)
    out = merge(given)
    tool = python_program("pairtools")
    plain = gzip.decompress(Path(given["pairs"]).read_bytes())
    chain = (
        f"set -o pipefail; {tool} sort --nproc 1 |"
        f" {tool} dedup -o - --output-dups - --output-unmapped - |"
        f" {tool} stats -o {tmp_path}/by_hand.tsv -"
    )
    subprocess.run(["bash", "-c", chain], input=plain, check=True)
    by_hand, stats = read_stats(tmp_path / "by_hand.tsv"), read_stats(out["stats"])
    by_hand = {key: n for key, n in by_hand.items() if not key.startswith("chromsizes")}
    assert stats == by_hand
    assert int(stats["total_dups"]) >= 150
    assert (stats["total_single_sided_mapped"], stats["total_unmapped"]) == ("30", "20")


def test_pairs_taken_in_keep_what_they_say_of_duplicates(run_file, merge):
    rows = random_rows(100, 4) + random_rows(30, 4)
    for row in rows[:10]:
        row[7] = "DD"
    given = run_file(rows, reads=False)
    kept = merge(given, deduplicate=False)
    stats = read_stats(kept["stats"])
    assert (stats["total"], stats["total_dups"], stats["total_nodups"]) == ("130", "10", "120")
    assert len(pair_lines(kept["pairs"])) == 120


def test_bytes_depend_on_the_pairs_alone(run_file, merge):
    out = [merge(run_file(random_rows(200, 5), f"x{n}"), name=f"y{n}") for n in range(2)]
    one, two = (Path(o["pairs"]).read_bytes() for o in out)
    assert one == two
    assert not any("samheader" in line for line in header(out[0]["pairs"]))


def test_reads_of_another_genome_are_rejected(genome, fastq, align, merge):
    """Judged by sample: one poor lane among good ones passes, the sample as a whole does not."""
    nothing = ["ACAC" * 12 + "AC"] * 8
    poor = align(fastq("1", nothing), fastq("2", nothing, mate=2), name="poor")
    with pytest.raises(UserError) as caught:
        merge(poor)
    for part in ("'sample'", "0.0% of 16 reads map to sim", "min_mapping_rate 50%", "genome"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)
    places = range(0, 20_000, 1000)
    one = fastq("3", [genome.read("chrA", n) for n in places])
    two = fastq("4", mate=2, reads=[genome.read("chrB", n) for n in places])
    good = align(one, two, name="good")
    assert len(pair_lines(merge(poor, good)["pairs"])) == len(places)


def test_no_valid_pair_is_rejected_and_lost_pairs_are_a_bug():
    names = ("total_mapped", "total_dups", "cis", "trans", "cis_1kb+")
    stats = {"total": "3", "total_nodups": "0", **dict.fromkeys(names, "0")}
    with pytest.raises(UserError, match="of 3 pairs none has both ends mapped uniquely"):
        require_pairs("sample", stats, 3)
    require_pairs("sample", {**stats, "total_nodups": "1"}, 3)
    with pytest.raises(RuntimeError, match="3 pairs counted of 4"):
        require_pairs("sample", {**stats, "total_nodups": "1"}, 4)


def test_imported_pairs_are_named_turned_and_typed(take_in):
    text = (
        "## pairs format v1.0\n#columns: readID chr1 pos1 chr2 pos2 strand1 strand2\n"
        "x\tB\t30\tA\t500\t+\t-\n"
        "y\tA\t900\tA\t100\t-\t+\n"
        "z\tA\t100\tA\t900\t-\t+\n"
        "w\tA\t1\tUn\t4\t+\t+\n"
    )
    for zipped in (False, True):
        out = take_in(text, zipped=zipped)
        assert pair_lines(out["pairs"]) == [
            [".", "chrA", "500", "chrB", "30", "-", "+", "UU"],
            [".", "chrA", "100", "chrA", "900", "+", "-", "UU"],
            [".", "chrA", "100", "chrA", "900", "-", "+", "UU"],
        ]
        assert Path(out["stats"]).read_text().splitlines()[1].split("\t") == ["in", "3", "1"]


def test_pairs_without_header_have_the_formats_columns(take_in):
    assert len(pair_lines(take_in("r\tchrA\t1\tchrB\t2\t+\t+\n")["pairs"])) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "r\tchrA\t60001\tchrB\t2\t+\t+\n",
            "line 1: position 60001 on chrA; expected: .* 1 to 60000",
        ),
        ("r\tchrA\tx\tchrB\t2\t+\t+\n", "position x on chrA"),
        ("r\tchr9\t1\tchr8\t2\t+\t+\n", "none of its chromosomes"),
        ("#columns: readID chrom1 pos1\nr\tchrA\t5\n", "no column 'chrom2'"),
        ("r chrA 5 chrB 6\n", "first pair has 1 columns"),
        ("#columns: readID\n", "no pairs"),
    ],
)
def test_pairs_of_another_genome_are_rejected(take_in, text, message):
    with pytest.raises(UserError, match=message) as caught:
        take_in(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("read", [read_pairs, read_hicpro])
def test_files_that_are_no_text_are_rejected(read, tmp_path):
    path = tmp_path / "reads.pairs"
    path.write_bytes(bytes(range(128, 256)))
    with pytest.raises(UserError, match=r"reads\.pairs"):
        list(read(path))
