"""Tracks from every kind of file: coordinates, names of chromosomes, holes, refusals."""

import numpy as np
import pyBigWig
import pysam
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.signal import bin_signal
from workflow_scripts.signal.tracks import read_track

SIZES = {"chr2L": 1000, "chr4": 450}
SETTINGS = {"value": "fraction", "bases_without_value": "zero", "beyond_end": "refuse"}
FIRST = slice(0, 10)  # bins of chr2L


@pytest.fixture
def track(tmp_path):
    (tmp_path / "sizes").write_text("".join(f"{c}\t{n}\n" for c, n in SIZES.items()))

    def run(kind, *files, names=None, control=(), resolution=100, blacklist=(), **settings):
        out = str(tmp_path / "track.tsv.gz")
        bin_signal.main(
            sample="s", kind=kind, files=list(files), names=names or [""] * len(files),
            control=list(control), sizes=str(tmp_path / "sizes"), resolution=resolution,
            settings=SETTINGS | settings, out=out, blacklist=blacklist,
        )  # fmt: skip
        table = read_track(out)
        assert list(table.chrom.unique()) == list(SIZES)
        assert table.end.max() == 1000
        return table.value.to_numpy()

    return run


BED = "chr2L\t50\t150\nchr2L\t100\t160\nchr4\t400\t450\n"


@pytest.mark.parametrize("header", ["", 'track name="BEAF, Kc cells"\n', "browser x\n# y\n"])
def test_peaks_cover_shares_of_bins(track, write, header):
    values = track("peaks", write("x.bed.gz", header + BED))
    assert values.tolist() == [0.5, 0.6, *[0] * 8, 0, 0, 0, 0, 1]


def test_tracks_of_one_file_after_another_are_one_set_of_peaks(track, write):
    values = track("peaks", write("x.bed", "track name=a\n" + BED + "track name=b\n" + BED))
    np.testing.assert_array_equal(values, track("peaks", write("y.bed", BED)))


@pytest.mark.parametrize(
    "columns", ["\tp\t9\t.\t5.5\t-1\t-1\t20", "\tp\t9\t.\t5.5\t-1\t-1", "\tp\t9\t+"]
)
def test_narrow_and_broad_peaks_are_their_places(track, write, columns):
    text = BED.replace("\n", columns + "\n")
    np.testing.assert_array_equal(
        track("peaks", write("x.narrowPeak", text)), track("peaks", write("x.bed", BED))
    )


GFF = """##gff-version 3
4\tMAT\tTF_binding_site\t401\t450\t4.77\t+\t.\tID=a
2L\tMAT\tTF_binding_site\t51\t150\t4.77\t.\t.\tID=b
2L\tMAT\tTF_binding_site\t101\t160\t4.77\t.\t.\tID=c
2L\tFlyBase\tchromosome_arm\t1\t1000\t.\t.\t.\tID=2L
"""


def test_gff3_is_one_based_and_closed_and_its_names_lack_chr(track, write, caplog):
    values = track("gff3", write("x.gff3", GFF))
    np.testing.assert_array_equal(values, track("peaks", write("x.bed", BED)))
    assert "with chr put before" in caplog.text


def test_a_gff3_that_is_no_text_is_refused(track, tmp_path):
    (tmp_path / "x.gff3").write_bytes(GFF.encode() + "4\tdonné".encode("latin-1"))
    with pytest.raises(UserError, match=r"x\.gff3: not a readable GFF3"):
        track("gff3", str(tmp_path / "x.gff3"))


def test_one_base_of_gff3_is_one_base(track, write):
    values = track("gff3", write("x.gff3", "chr4\t.\tx\t450\t450\t.\t.\t.\tID=a\n"))
    assert values[-1] == pytest.approx(1 / 50)


def test_chromosomes_that_a_file_lacks_are_unmeasured_and_reported(track, write, caplog):
    values = track("peaks", write("x.bed", BED.replace("chr4", "chrUn")))
    assert np.isfinite(values[FIRST]).all() and np.isnan(values[10:]).all()
    assert "left unmeasured: chr4" in caplog.text


@pytest.mark.parametrize("kind", ["peaks", "gff3", "segments", "bedgraph", "binned"])
def test_names_of_another_genome_are_refused(track, write, kind):
    row = "I\tx\ty\t1\t90\t.\t.\t.\tID=a\n" if kind == "gff3" else "I\t1\t90\t3\n"
    text = "chrom\tstart\tend\tx\n" + row if kind == "binned" else row
    with pytest.raises(UserError, match="none of its chromosomes"):
        track(kind, write("x.txt", text), names=["" if kind == "bedgraph" else "x"])


@pytest.mark.parametrize("kind", ["peaks", "gff3", "segments", "bedgraph", "binned"])
def test_an_interval_without_a_chromosome_is_refused(track, write, kind):
    row = "{}\tx\ty\t2\t90\t.\t.\t.\tID=a\n" if kind == "gff3" else "{}\t1\t90\t3\n"
    text = row.format("chr4") + row.replace("90", "80").format("")
    text = "chrom\tstart\tend\tx\n" + text if kind == "binned" else text
    with pytest.raises(UserError, match="interval 1-80 has no chromosome"):
        track(kind, write("x.txt", text), names=["" if kind == "bedgraph" else "x"])


def test_a_row_with_fewer_columns_is_refused(track, write):
    text = "track name=x\nchr4\t1\t90\t3\nchr4\t90\t95\n"
    with pytest.raises(UserError, match="line 3: 'chr4 90 95' has fewer columns"):
        track("bedgraph", write("x.bedgraph", text))


def test_data_beyond_the_end_are_rejected_or_clipped(track, write):
    path = write("x.bed", "chr2L\t950\t1100\nchr2L\t1200\t1300\nchr4\t0\t50\n")
    with pytest.raises(UserError, match=r"chr2L:950-1100 .* another assembly"):
        track("peaks", path)
    values = track("peaks", path, beyond_end="clip")
    assert values.tolist() == [*[0] * 9, 0.5, 0.5, 0, 0, 0, 0]


STATES = """track type=wiggle_0 name="states"
# threshold = 1
chr2L\t0\t130\t9
chr2L\t130\t380\t1
chr2L\t400\t1000\t19
chr4\t20\t450\t9
"""


def test_shares_of_states_add_up_to_the_share_that_has_one(track, write):
    path = write("x.wig.gz", STATES)
    shares = {state: track("segments", path, names=[state]) for state in ("1", "9", "19")}
    assert shares["9"][:3].tolist() == [1, 0.3, 0]
    assert shares["19"][9] == 1 and shares["1"][9] == 0
    total = sum(shares.values())
    assert (total <= 1 + 1e-9).all()
    np.testing.assert_allclose(total, track("peaks", path), atol=1e-6)


def test_running_numbers_are_no_part_of_a_state(track, write):
    text = (
        "chr2L\t0\t100\tBLACK_2\t0\t.\nchr2L\t100\t150\tBLACK_12\t0\t.\nchr4\t0\t9\tRED_1\t0\t.\n"
    )
    path = write("x.bed", text)
    assert track("segments", path, names=["BLACK"])[:3].tolist() == [1, 0.5, 0]
    # a state without stretch on a chromosome is 0 there, not unmeasured
    assert track("segments", path, names=["BLACK"])[-1] == 0
    with pytest.raises(UserError, match=r"no state 'GREEN'.*BLACK, RED"):
        track("segments", path, names=["GREEN"])


def test_binned_values_keep_their_means_in_smaller_and_larger_bins(track, write):
    rows = [("chr2L", s, s + 200, s / 100) for s in range(0, 1000, 200)]
    rows += [("chr4", 0, 200, 5), ("chr4", 200, 400, "NA"), ("chr4", 400, 600, 7)]
    text = "\n".join("\t".join(map(str, row)) for row in rows)
    path = write("x.tsv", "chrom\tstart\tend\tSu(Hw)\n" + text + "\n")
    values = track("binned", path, names=["Su(Hw)"])
    np.testing.assert_allclose(values[FIRST], np.repeat([0, 2, 4, 6, 8], 2))
    # unmeasured stays so; the last row is as wide as the others, beyond the end
    np.testing.assert_array_equal(values[10:], [5, 5, np.nan, np.nan, 7])
    wide = track("binned", path, names=["Su(Hw)"], resolution=300)
    np.testing.assert_allclose(wide[:4], [2 / 3, 10 / 3, 20 / 3, 8], rtol=1e-6)
    assert wide[4] == 5  # over the 200 measured of 300 bases
    with pytest.raises(UserError, match=r"no column 'CTCF'; available: .*Su\(Hw\)"):
        track("binned", path, names=["CTCF"])


def bigwig(path, entries, sizes=SIZES):
    with pyBigWig.open(str(path), "w") as out:
        out.addHeader(list(sizes.items()))
        for chrom, start, end, value in entries:
            out.addEntries([chrom], [start], ends=[end], values=[float(value)])
    return str(path)


ENTRIES = [("chr2L", 0, 50, 2), ("chr2L", 130, 190, 4), ("chr4", 400, 450, 1)]


def test_bigwig_is_bedgraph(track, write, tmp_path):
    text = "".join("\t".join(map(str, row)) + "\n" for row in ENTRIES)
    files = {"bigwig": bigwig(tmp_path / "x.bw", ENTRIES), "bedgraph": write("x.bg", text)}
    for kind, file in files.items():
        assert track(kind, file).tolist() == [1, 2.4, *[0] * 8, 0, 0, 0, 0, 1]
        known = track(kind, file, bases_without_value="unmeasured")
        np.testing.assert_array_equal(known, [2, 4, *[np.nan] * 12, 1])
    with pytest.raises(UserError, match="overlaps the row before"):
        track("bedgraph", write("y.bg", text + "chr2L\t40\t60\t1\n"))
    with pytest.raises(UserError, match="'much'"):
        track("bedgraph", write("z.bg", text + "chr2L\t240\t260\tmuch\n"))


def test_strands_are_added_by_their_absolute_values(track, tmp_path):
    minus = bigwig(tmp_path / "m.bw", [("chr2L", 0, 100, -3)])
    plus = bigwig(tmp_path / "p.bw", ENTRIES)
    values = track("bigwig", plus, names=[minus])
    assert values[:3].tolist() == [4, 2.4, 0]


def test_bigwig_of_another_length_is_refused_or_read_to_the_shorter_end(track, tmp_path):
    path = bigwig(tmp_path / "x.bw", [("chr2L", 0, 900, 2)], {"chr2L": 900, "chr4": 450})
    with pytest.raises(UserError, match=r"900 bp.*1000 bp"):
        track("bigwig", path)
    values = track("bigwig", path, beyond_end="clip", bases_without_value="unmeasured")
    assert values[8] == 2 and np.isnan(values[9])


def bam(path, reads):
    header = {"HD": {"VN": "1.6", "SO": "coordinate"},
              "SQ": [{"SN": c, "LN": n} for c, n in SIZES.items()]}  # fmt: skip
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for chrom, start in sorted(reads):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.query_sequence, read.cigartuples = "r", "A" * 50, [(0, 50)]
            read.reference_id, read.reference_start = list(SIZES).index(chrom), start
            read.mapping_quality = 42
            out.write(read)
    pysam.index(str(path))
    return str(path)


def test_signal_of_reads_is_depth_per_million_and_over_the_control(track, tmp_path):
    chip = bam(tmp_path / "chip.bam", [("chr2L", 100)] * 3 + [("chr4", 0)])
    values = track("fastq", chip, value="signal")
    assert values[1] == pytest.approx(3 * 50 / 100 * 1e6 / 4)
    twice = bam(tmp_path / "twice.bam", [("chr2L", 100)] * 6 + [("chr4", 0)] * 2)
    np.testing.assert_allclose(track("fastq", twice, value="signal"), values)  # depth plays no part
    ratio = track("fastq", chip, value="signal", control=[chip])
    np.testing.assert_allclose(ratio, 1)


def test_called_peaks_are_measured_on_every_chromosome(track, write):
    values = track("fastq", write("peaks.bed", "chr2L\t0\t50\n"))
    assert values[0] == 0.5 and values[-1] == 0
    assert not track("bam", write("none.bed", "")).any()


def test_a_track_without_any_value_is_rejected(track, write):
    table = write("bins.tsv", "chrom\tstart\tend\tv\nchr4\t0\t100\tNA\n")
    with pytest.raises(UserError, match=r"sample 's'.*bins\.tsv"):
        track("binned", table, names=["v"])


def test_a_file_of_the_bigwig_library_that_is_no_bigwig_is_rejected(track, write, monkeypatch):
    monkeypatch.setattr(pyBigWig, "open", lambda path: None)
    with pytest.raises(UserError, match=r"peaks\.bb: not a bigWig file"):
        track("bigwig", write("peaks.bb", ""))


@pytest.mark.parametrize("kind", ["peaks", "segments", "bedgraph", "binned", "bam"])
def test_blacklisted_bases_do_not_count_and_hidden_bins_are_unmeasured(
    track, write, tmp_path, kind
):
    """Against a loop over bases; chr2L:110-120 is black, and chr4:100-160 is most of a bin."""
    black = write("black.bed", "chr2L\t110\t120\nchr4\t100\t160\n")
    rows = [("chr2L", 100, 105), ("chr2L", 115, 140), ("chr2L", 150, 180), ("chr4", 0, 300)]
    if kind == "bam":
        # of 50 bp; the second begins in the blacklisted region
        file, settings = (
            bam(tmp_path / "x.bam", [("chr2L", 130), ("chr2L", 119), ("chr4", 250)]),
            {"value": "signal"},
        )
    else:
        column = {"peaks": "", "segments": "\tRED", "bedgraph": "\t4", "binned": "\t4"}[kind]
        text = "".join(f"{c}\t{s}\t{e}{column}\n" for c, s, e in rows)
        head = "chrom\tstart\tend\tv\n" if kind == "binned" else ""
        file, settings = write("x.txt", head + text), {}
    names = [{"segments": "RED", "binned": "v"}.get(kind, "")]
    values = track(kind, file, names=names, blacklist=[black], **settings)
    black_bases = set(range(110, 120))
    bases = set(range(100, 200)) - black_bases
    spans = [set(range(s, e)) for c, s, e in rows if c == "chr2L"]
    if kind == "peaks":  # a peak that overlaps goes as a whole
        spans = [span for span in spans if not span & black_bases]
    covered = len(set.union(*spans) & bases)
    expected = {
        "peaks": covered / 90, "segments": covered / 90, "bedgraph": 4 * covered / 90,
        "binned": 4, "bam": 50 / 90 * 1e6 / 2,
    }[kind]  # fmt: skip
    assert values[1] == pytest.approx(expected, rel=1e-6)
    assert np.isnan(values[11]) and not np.isnan(values[[0, 2, 12]]).all()


def test_called_peaks_beyond_the_end_are_cut(track, write):
    """MACS2 extends reads beyond a chromosome's end."""
    assert track("fastq", write("peaks.bed", "chr2L\t950\t1080\n"))[9] == 0.5


def test_a_damaged_bigwig_is_named(track, tmp_path):
    # odd case 50
    path = bigwig(tmp_path / "x.bw", [("chr2L", s, s + 1, s % 7) for s in range(1000)])
    content = bytearray((tmp_path / "x.bw").read_bytes())
    with pyBigWig.open(path) as given:
        assert given.header()["nBasesCovered"] == 1000
    start = int.from_bytes(content[16:24], "little") + 8  # of the first compressed block
    content[start + 20 : start + 60] = b"\xff" * 40
    (tmp_path / "x.bw").write_bytes(content)
    with pytest.raises(UserError, match=r"x\.bw: damaged at chr2L:0-1000"):
        track("bigwig", path)
    (tmp_path / "x.bw").write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match=r"x\.bw: not a readable bigWig"):
        track("bigwig", path)
