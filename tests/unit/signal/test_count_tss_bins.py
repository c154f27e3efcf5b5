"""Arrays of one sample from each kind of file."""

import gzip

import numpy as np
import pandas as pd
import pyBigWig
import pysam
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.signal import count_tss_bins, tabulate_tss_profiles

SIZES = {"chr1": 3000, "chr2": 2000}
# window of 4 × 100 bp; `edge` reaches over the chromosome's end
GENES = [("up", "chr1", "+", 500), ("down", "chr1", "-", 1500), ("edge", "chr2", "+", 1900),
         ("other", "chr2", "+", 1000)]  # fmt: skip
INSIDE = ["up", "down", "other"]


@pytest.fixture
def genes(tmp_path):
    (tmp_path / "chrom.sizes").write_text("".join(f"{c}\t{n}\n" for c, n in SIZES.items()))
    table = pd.DataFrame(GENES, columns=["gene_id", "chrom", "strand", "tss"])
    table.to_csv(tmp_path / "genes.tsv", sep="\t", index=False)
    return tmp_path / "genes.tsv"


@pytest.fixture
def count(genes, tmp_path):
    def run(kind, *files, name="s", names=None, **settings):
        out = tmp_path / f"{name}.tss.npz"
        settings = {"bin_size": 100, "n_bins": 4, "orient": False, **settings}
        count_tss_bins.main(
            sample="s", kind=kind, files=list(map(str, files)), genes=str(genes), assembly="w",
            names=list(map(str, names or [""] * len(files))),
            sizes=str(tmp_path / "chrom.sizes"), out=str(out), **settings,
        )  # fmt: skip
        with np.load(out) as arrays:  # refuses pickled objects by itself
            return dict(arrays)

    return run


def write(folder, name, text):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def rows(arrays):
    return dict(zip(arrays["gene_id"].tolist(), arrays["values"].tolist(), strict=True))


TAGS = "chr1\t295\t305\tN\t0\t+\nchr1\t350\t351\tN\t0\t-\nchr1\t1650\t1660\tN\t0\t+\n"
TAGS += "chr2\t10\t20\tN\t0\t+\n"  # in no window, but the chromosome has data


def test_tagalign_counts_reads_in_every_bin_they_touch(count, tmp_path):
    arrays = count("tagalign", write(tmp_path, "reads.tagAlign.gz", TAGS))
    # windows begin 200 bp before the TSS: at 300, 1300 and 800
    assert rows(arrays) == {"up": [2, 0, 0, 0], "down": [0, 0, 0, 1], "other": [0, 0, 0, 0]}
    assert arrays["values"].dtype == np.float32
    assert arrays["unit"] == "reads"


def test_genes_at_the_edge_are_left_out_and_reported(count, tmp_path, caplog):
    caplog.set_level("INFO", logger="chromaloom")
    arrays = count("tagalign", write(tmp_path, "reads.tagAlign", TAGS))
    assert arrays["kept"].tolist() == [True, True, False, True]
    assert arrays["gene_id"].tolist() == INSIDE
    assert arrays["tss"].tolist() == [500, 1500, 1000]
    assert arrays["strand"].tolist() == ["+", "-", "+"]
    assert arrays["chrom"].tolist() == ["chr1", "chr1", "chr2"]
    assert int(arrays["bin_size"]) == 100
    assert arrays["assembly"] == "w"
    assert "3 of 4 genes" in caplog.text


def test_bam_gives_what_its_reads_give_as_tagalign(count, tmp_path):
    header = {"HD": {"VN": "1.6", "SO": "coordinate"},
              "SQ": [{"SN": c, "LN": n} for c, n in SIZES.items()]}  # fmt: skip
    path = tmp_path / "reads.bam"
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for line in TAGS.splitlines():
            chrom, start, end, *_ = line.split("\t")
            read = pysam.AlignedSegment(out.header)
            read.reference_id, read.reference_start = list(SIZES).index(chrom), int(start)
            length = int(end) - int(start)
            read.query_name, read.query_sequence, read.cigartuples = (
                "r",
                "A" * length,
                [(0, length)],
            )
            out.write(read)
    pysam.index(str(path))
    tags = count("tagalign", write(tmp_path, "reads.tagAlign", TAGS), name="tags")
    for kind in ("bam", "fastq"):
        np.testing.assert_array_equal(count(kind, path)["values"], tags["values"])


def test_turned_rows_are_those_of_minus_genes(count, tmp_path):
    file = write(tmp_path, "reads.tagAlign", TAGS)
    plain, turned = count("tagalign", file), count("tagalign", file, orient=True)
    assert rows(turned)["up"] == rows(plain)["up"]
    assert rows(turned)["down"] == rows(plain)["down"][::-1]
    assert bool(turned["orient"]) and not bool(plain["orient"])


def test_files_of_a_sample_add_up(count, tmp_path):
    file = write(tmp_path, "reads.tagAlign", TAGS)
    once, twice = count("tagalign", file), count("tagalign", file, file)
    np.testing.assert_array_equal(twice["values"], 2 * once["values"])


PEAK = "chr1\t350\t450\tp\t0\t.\t{value}\t-1\t-1"


def test_peaks_give_signal_by_covered_share(count, tmp_path):
    broad = write(tmp_path, "x.broadPeak", PEAK.format(value=8.0) + "\n")
    assert rows(count("peaks", broad))["up"] == [4, 4, 0, 0]
    narrow = write(tmp_path, "x.narrowPeak.gz", PEAK.format(value=8.0) + "\t50\n")
    np.testing.assert_array_equal(count("peaks", narrow)["values"], count("peaks", broad)["values"])


def test_region_listed_per_summit_counts_once_at_its_highest(count, tmp_path):
    text = "".join(PEAK.format(value=value) + f"\t{n}\n" for n, value in enumerate([2.0, 8.0, 4.0]))
    assert rows(count("peaks", write(tmp_path, "x.narrowPeak", text)))["up"] == [4, 4, 0, 0]


@pytest.mark.parametrize("more", ["", "\tname", "\tname\t900\t+", "\tn\t9\t+\t350\t450\t0,0,255"])
def test_bed_without_value_gives_the_covered_share(count, tmp_path, more):
    text = f"track name=x\n# comment\nchr1\t350\t450{more}\n" + f"chr1\t400\t450{more}\n".replace(
        "350\t450\t0,", "400\t450\t0,"
    )
    arrays = count("peaks", write(tmp_path, "x.bed", text))
    assert rows(arrays)["up"] == [0.5, 0.5, 0, 0]  # overlapping regions cover a base once


@pytest.fixture
def bigwig(tmp_path):
    def write(entries, sizes=SIZES, name="x.bw"):
        path = tmp_path / name
        track = pyBigWig.open(str(path), "w")
        track.addHeader(list(sizes.items()))
        for chrom, start, end, value in entries:
            track.addEntries([chrom], [start], ends=[end], values=[value])
        track.close()
        return path

    return write


def test_bigwig_gives_means_and_reports_missing_values(count, bigwig, caplog):
    caplog.set_level("INFO", logger="chromaloom")
    arrays = count("bigwig", bigwig([("chr1", 350, 450, 8.0), ("chr1", 1301, 1401, 1.0)]))
    assert rows(arrays) == {"up": [4, 4, 0, 0], "down": [1, 0, 0, 0], "other": [0, 0, 0, 0]}
    assert "1000 of 1200 bases without value" in caplog.text


def test_bedgraph_and_binned_tables_give_what_a_bigwig_of_the_same_values_gives(
    count, bigwig, tmp_path, caplog
):
    # FAULTS F1: these kinds had no array
    caplog.set_level("INFO", logger="chromaloom")
    rng = np.random.default_rng(0)
    edges = np.unique(rng.integers(250, 1700, 25))
    pieces = [("chr1", int(a), int(b), float(rng.integers(1, 99)) / 4)
              for a, b in zip(edges[:-1:2], edges[1::2], strict=False)]  # fmt: skip
    pieces.append(("chr2", 10, 20, 1.0))
    lines = ["\t".join(map(str, piece)) + "\n" for piece in pieces]
    expected = count("bigwig", bigwig(pieces))["values"]
    assert expected.any()
    bedgraph = write(tmp_path, "x.bedGraph.gz", "track type=bedGraph\n" + "".join(lines))
    binned = write(tmp_path, "x.tsv", "chrom\tstart\tend\tCTCF\n" + "".join(lines))
    for kind, file, name in (("bedgraph", bedgraph, ""), ("binned", binned, "CTCF")):
        arrays = count(kind, file, names=[name])
        np.testing.assert_allclose(arrays["values"], expected, rtol=1e-6)
        assert arrays["unit"] == "track mean"
    with pytest.raises(UserError, match="no column 'H1'"):
        count("binned", binned, names=["H1"])


@pytest.mark.parametrize("kind", ["bigwig", "bedgraph"])
def test_the_minus_strand_of_a_track_is_added(count, bigwig, tmp_path, kind):
    strands = [[("chr1", 300, 400, 2.0)], [("chr1", 350, 450, -4.0)]]
    if kind == "bigwig":
        files = [bigwig(rows, name=f"{n}.bw") for n, rows in enumerate(strands)]
    else:
        files = [write(tmp_path, f"{n}.bg", "\t".join(map(str, rows[0])) + "\n")
                 for n, rows in enumerate(strands)]  # fmt: skip
    assert rows(count(kind, files[0], names=[files[1]]))["up"] == [4, 2, 0, 0]


def test_gff3_gives_what_its_features_give_as_bed(count, tmp_path):
    # FAULTS F1
    places = [(350, 450), (420, 470), (900, 990)]
    bed = "".join(f"chr1\t{s}\t{e}\n" for s, e in places)
    gff = "".join(f"chr1\tx\tpeak\t{s + 1}\t{e}\t.\t.\t.\tID=p{s}\n" for s, e in places)
    one = count("peaks", write(tmp_path, "x.bed", bed))
    two = count("gff3", write(tmp_path, "x.gff3", "##gff-version 3\n" + gff))
    assert rows(two)["up"] == pytest.approx([0.5, 0.7, 0, 0])
    np.testing.assert_array_equal(one["values"], two["values"])
    assert one["unit"] == two["unit"] == "peak coverage"


def test_files_of_two_units_are_not_summed(count, tmp_path):
    # FAULTS C4
    bed = write(tmp_path, "x.bed", "chr1\t350\t450\n")
    broad = write(tmp_path, "x.broadPeak", PEAK.format(value=8.0) + "\n")
    with pytest.raises(UserError, match=r"x\.bed has peak coverage, .*x\.broadPeak peak signal"):
        count("peaks", bed, broad)


@pytest.mark.parametrize("kind", ["tagalign", "peaks", "bigwig"])
def test_chromosomes_without_chr_are_found_and_reported(count, bigwig, tmp_path, caplog, kind):
    if kind == "bigwig":
        sizes = {name.removeprefix("chr"): size for name, size in SIZES.items()}
        file = bigwig([("1", 300, 400, 2.0)], sizes)
    else:
        file = write(tmp_path, "x.bed", "1\t300\t400\tN\t0\t+\n")
    assert rows(count(kind, file))["up"][0] > 0
    assert "chr put before" in caplog.text


BAD = {
    "other chromosomes": ("scaffold9\t1\t20\n", r"\(scaffold9\) is in the genome \(chr1, chr2\)"),
    "beyond the end": ("chr1\t2990\t3010\n", r"chr1:2990-3010 .*3000 bp.*another assembly"),
    "backwards": ("chr1\t30\t20\n", "line 1: start '30', end '20'"),
    "no number": ("track x\nchr1\t1\t9\nchr1\tx\t20\n", "line 3: start 'x'"),
    "blanks": ("chr1 30 40\n", "line 1.*expected: BED"),
    "empty": ("# nothing\n", "no interval"),
    "no signal": ("chr1\t2900\t2950\n", "no signal in any of 2 windows"),
    "no value": (PEAK.format(value="high") + "\n", "peak 1: signalValue 'high'"),
}


@pytest.mark.parametrize("case", BAD)
def test_malformed_or_foreign_file_is_rejected_in_one_line(count, tmp_path, case):
    text, expected = BAD[case]
    file = write(tmp_path, "x.bed", text)
    with pytest.raises(UserError, match=expected) as caught:
        count("peaks", file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "s.tss.npz").exists()


def test_truncated_gzip_is_rejected(count, tmp_path):
    path = tmp_path / "x.tagAlign.gz"
    path.write_bytes(gzip.compress(TAGS.encode() * 1000)[:-20])
    with pytest.raises(UserError, match=r"x.tagAlign.gz: the gzip file is truncated"):
        count("tagalign", path)


def test_bigwig_of_another_assembly_is_rejected(count, bigwig, tmp_path):
    file = bigwig([("chr1", 0, 9, 1.0)], {"chr1": 9999, "chr2": 2000})
    with pytest.raises(UserError, match=r"chr1 has 9999 bp, in the genome 3000 bp"):
        count("bigwig", file)
    with pytest.raises(UserError, match="bigWig"):
        count("bigwig", write(tmp_path, "text.bw", "nothing of the kind"))


def test_windows_wider_than_the_chromosomes_name_the_keys(count, tmp_path):
    file = write(tmp_path, "reads.tagAlign", TAGS)
    with pytest.raises(UserError, match=r"no gene .*100 × 100 bp.*tss_bins\.n_bins"):
        count("tagalign", file, n_bins=100)


def test_bytes_are_those_of_the_content(count, tmp_path):
    file = write(tmp_path, "reads.tagAlign", TAGS)
    count("tagalign", file, name="one")
    count("tagalign", file, name="two")
    assert (tmp_path / "one.tss.npz").read_bytes() == (tmp_path / "two.tss.npz").read_bytes()


def test_profiles_are_means_in_the_genes_direction(count, tmp_path):
    file = write(tmp_path, "reads.tagAlign", TAGS)
    tables = []
    for orient in (False, True):
        arrays = count("tagalign", file, orient=orient)
        out = tmp_path / f"{orient}.tsv"
        tabulate_tss_profiles.main(
            samples=["s"], cells=["c"], targets=["H3K4me3"], bins=[str(tmp_path / "s.tss.npz")],
            out=str(out),
        )  # fmt: skip
        tables.append(pd.read_csv(out, sep="\t"))
    pd.testing.assert_frame_equal(*tables)  # however the arrays are turned
    table = tables[1]
    np.testing.assert_allclose(table["mean"], arrays["values"].mean(axis=0))
    assert table.offset.tolist() == [-150, -50, 50, 150]
    assert table.bin.tolist() == [1, 2, 3, 4]
    assert set(table.n_genes) == {3}


@pytest.mark.parametrize("kind", ["tagalign", "peaks", "bigwig", "bedgraph"])
def test_genes_on_chromosomes_that_a_file_lacks_are_missing_not_0(
    count, bigwig, tmp_path, caplog, kind
):
    # FAULTS C7
    text = {"tagalign": "chr1\t300\t400\tN\t0\t+\n", "peaks": "chr1\t300\t400\n",
            "bedgraph": "chr1\t300\t400\t5\n"}  # fmt: skip
    file = (
        bigwig([("chr1", 300, 400, 2.0)], {"chr1": 3000})
        if kind == "bigwig"
        else write(tmp_path, "x.txt", text[kind])
    )
    values = rows(count(kind, file))
    assert values["up"][0] > 0 and values["down"] == [0, 0, 0, 0]
    assert np.isnan(values["other"]).all()
    assert "1 genes are on chromosomes without data (chr2)" in caplog.text
    out = tmp_path / "profile.tsv"
    tabulate_tss_profiles.main(samples=["s"], cells=["c"], targets=["t"],
                               bins=[str(tmp_path / "s.tss.npz")], out=str(out))  # fmt: skip
    table = pd.read_csv(out, sep="\t")
    assert table["mean"].notna().all() and set(table.n_genes) == {2}


def test_a_bam_measures_the_chromosomes_of_its_header(count, tmp_path):
    header = {"HD": {"VN": "1.6", "SO": "coordinate"},
              "SQ": [{"SN": c, "LN": n} for c, n in SIZES.items()]}  # fmt: skip
    path = tmp_path / "reads.bam"
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        read = pysam.AlignedSegment(out.header)
        read.reference_id, read.reference_start, read.query_name = 0, 350, "r"
        read.query_sequence, read.cigartuples = "A" * 10, [(0, 10)]
        out.write(read)
    pysam.index(str(path))
    assert rows(count("bam", path))["other"] == [0, 0, 0, 0]


@pytest.mark.parametrize("kind", ["tagalign", "peaks", "gff3", "bedgraph", "bigwig"])
def test_data_beyond_the_end_are_rejected_with_the_key_or_clipped(count, bigwig, tmp_path, kind):
    """The same file as for tracks; the message names signal.beyond_end."""
    text = {"tagalign": "chr1\t300\t400\tN\t0\t+\nchr2\t1990\t2010\tN\t0\t+\n",
            "peaks": "chr1\t300\t400\nchr2\t1990\t2010\n",
            "gff3": "chr1\t.\tx\t301\t400\t.\t.\t.\tI\nchr2\t.\tx\t1991\t2010\t.\t.\t.\tI\n",
            "bedgraph": "chr1\t300\t400\t5\nchr2\t1990\t2010\t5\n"}  # fmt: skip
    if kind == "bigwig":
        file = bigwig([("chr1", 300, 400, 5.0)], {"chr1": 3000, "chr2": 2010})
    else:
        file = write(tmp_path, "x.txt", text[kind])
    with pytest.raises(UserError, match=r"signal\.beyond_end: clip"):
        count(kind, file)
    values = rows(count(kind, file, clip=True))
    assert values["up"][0] > 0 and values["other"] == [0, 0, 0, 0]


@pytest.mark.parametrize("kind", ["tagalign", "peaks", "bedgraph"])
def test_blacklisted_signal_is_left_out_and_half_hidden_genes_are_missing(count, tmp_path, kind):
    """Windows: up 300-700, down 1300-1700, other 800-1200 of chr2."""
    end = {"tagalign": "\tN\t0\t+\n", "peaks": "\n", "bedgraph": "\t1\n"}[kind]
    places = [("chr1", 310, 320), ("chr1", 610, 620), ("chr1", 1310, 1320), ("chr2", 810, 820)]
    file = write(tmp_path, "x.bed", "".join(f"{c}\t{s}\t{e}{end}" for c, s, e in places))
    black = write(tmp_path, "black.bed", "chr1\t600\t700\nchr2\t1000\t1200\n")
    plain, masked = rows(count(kind, file)), rows(count(kind, file, blacklist=[str(black)]))
    assert plain["up"][3] > 0 and masked["up"] == [*plain["up"][:3], 0]
    assert masked["down"] == plain["down"]
    assert np.isnan(masked["other"]).all()
