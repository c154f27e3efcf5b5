"""Settings of the stage `align`, and small alignment files."""

import pysam

SETTINGS = {
    "sample": "s", "assembly": "sim", "preset": "very-sensitive", "max_fragment": 1000,
    "min_mapq": 10, "keep_duplicates": False, "min_mapping_rate": 0.5, "threads": 1,
}  # fmt: skip


def places(bam):
    with pysam.AlignmentFile(bam) as handle:
        return [(r.query_name, r.reference_name, r.reference_start, r.is_reverse) for r in handle]


def write_bam(path, starts, sizes, flag=0, order="coordinate"):
    header = {"HD": {"VN": "1.6"}, "SQ": [{"SN": n, "LN": size} for n, size in sizes.items()]}
    if order:
        header["HD"]["SO"] = order
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for number, start in enumerate(starts):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.flag, read.mapping_quality = f"r{number}", flag, 40
            read.reference_id, read.reference_start = 0, start
            read.query_sequence, read.cigartuples = "A" * 50, [(0, 50)]
            out.write(read)
    return path
