"""Formats of contacts: 4DN pairs, HiC-Pro's valid pairs, GEO tables, dense matrices, loops."""

import gzip
from collections import Counter
from pathlib import Path

import numpy as np
from mutations import Rng, Table
from reference import Invalid, real, renamed, rounded, split, text_lines, trimmed, whole

from workflow_scripts.contacts import import_pairs
from workflow_scripts.contacts.geo_tables import read_geo
from workflow_scripts.contacts.map_files import read_matrix
from workflow_scripts.loops.loop_tables import read_loop_table

SIZES = {"chr1": 3000, "chr2": 2050, "chr3": 1000}
RESOLUTION = 100
COLUMNS = ("readID", "chrom1", "pos1", "chrom2", "pos2", "strand1", "strand2")
HICPRO = ("readID", "chrom1", "pos1", "strand1", "chrom2", "pos2", "strand2")


def _ends(rng: Rng, count: int = 25) -> list[tuple[str, int, str, int]]:
    names = list(SIZES)
    rows = []
    for _ in range(count):
        one, two = rng.integers(len(names), size=2)
        low, high = sorted((int(n), int(rng.integers(1, SIZES[names[n]] + 1))) for n in (one, two))
        rows.append((names[low[0]], low[1], names[high[0]], high[1]))
    return rows


class _Pairs:
    """Pairs through the import job; ends as (chromosome, position, strand), in order."""

    kind = ""

    def read(self, path: Path):
        folder = path.parent
        (folder / "sizes").write_text("".join(f"{c}\t{n}\n" for c, n in SIZES.items()))
        import_pairs.main(
            run="run", assembly="mine", file=str(path), kind=self.kind, sizes=str(folder / "sizes"),
            pairs=str(folder / "out.pairs.gz"), stats=str(folder / "out.tsv"),
        )  # fmt: skip
        found: Counter = Counter()
        with gzip.open(folder / "out.pairs.gz", "rt") as handle:
            for line in handle:
                if not line.startswith("#"):
                    _, c1, p1, c2, p2, s1, s2, _ = line.rstrip("\n").split("\t")
                    found[(c1, int(p1), s1), (c2, int(p2), s2)] += 1
        return found

    def counted(self, rows: list[dict[str, str]]) -> Counter:
        if not rows:
            raise Invalid("no pairs")
        names = {"!": "!", **renamed({row[f"chrom{n}"] for row in rows for n in "12"}, SIZES)}
        order = {"!": -1, **{name: place for place, name in enumerate(SIZES)}}
        found: Counter = Counter()
        for row in rows:
            ends = []
            for n in "12":
                chrom, place = row[f"chrom{n}"], whole(row[f"pos{n}"])
                strand = row.get(f"strand{n}", ".")
                if not chrom or strand not in ("+", "-", "."):
                    raise Invalid(strand)
                if chrom in names and chrom != "!" and not 1 <= place <= SIZES[names[chrom]]:
                    raise Invalid(place)
                if chrom == "!" and place < 0:
                    raise Invalid(place)
                ends.append((names.get(chrom), place, strand))
            if all(chrom is not None for chrom, *_ in ends):
                ends.sort(key=lambda end: (order[end[0]], end[1]))
                found[tuple(ends)] += 1
        return found


class Pairs(_Pairs):
    name, kind = "4DN pairs", "pairs"

    def make(self, rng: Rng) -> Table:
        rows = [
            [f"r{n}", a, str(p), b, str(q), *rng.choice(["+", "-"], 2), "UU"]
            for n, (a, p, b, q) in enumerate(_ends(rng))
        ]
        head = ["## pairs format v1.0", *(f"#chromsize: {c} {n}" for c, n in SIZES.items()),
                "#columns: readID chrom1 pos1 chrom2 pos2 strand1 strand2 pair_type"]  # fmt: skip
        return Table(rows, head, chroms=(1, 3), places=(2, 4), texts=(0,))

    def reference(self, path: Path):
        columns, rows = list(COLUMNS), []
        for line in text_lines(path):
            if line.startswith("#"):
                if line.startswith("#columns:"):
                    columns = line.split()[1:]
                continue
            fields = split(line)
            if not any(fields):
                continue
            rows.append(dict(zip(columns, trimmed(fields, len(columns), more=True), strict=True)))
        return self.counted(rows)


class HicPro(_Pairs):
    name, kind = "HiC-Pro pairs", "hicpro"

    def make(self, rng: Rng) -> Table:
        rows = [
            [f"r{n}", a, str(p), s, b, str(q), t, "300", "x_1", "x_2", "42", "42"]
            for n, (a, p, b, q) in enumerate(_ends(rng))
            for s, t in [rng.choice(["+", "-"], 2)]
        ]
        return Table(rows, chroms=(1, 4), places=(2, 5), texts=(0, 8))

    def reference(self, path: Path):
        rows = []
        for line in text_lines(path):
            fields = line.split()
            if not fields or line.startswith("#"):
                continue
            if len(fields) < len(HICPRO):
                raise Invalid("columns")
            rows.append(dict(zip(HICPRO, fields, strict=False)))
        return self.counted(rows)


def _pixels(ready) -> dict:
    found: Counter = Counter()
    for part in ready.pixels():
        for row in part.itertuples():
            found[int(row.bin1_id), int(row.bin2_id)] += row[3]
    return {place: rounded(float(count)) for place, count in found.items()}


def _offsets() -> dict[str, int]:
    counts = np.cumsum([0, *(-(-size // RESOLUTION) for size in SIZES.values())])
    return dict(zip(SIZES, counts.tolist(), strict=False))


def _bins() -> list[tuple[str, int, int]]:
    return [
        (chrom, start, min(start + RESOLUTION, size))
        for chrom, size in SIZES.items()
        for start in range(0, size, RESOLUTION)
    ]


class GeoContacts:
    name = "GEO table of contacts"

    def make(self, rng: Rng) -> Table:
        pairs = sorted({tuple(sorted(rng.integers(1, len(_bins()) + 1, 2))) for _ in range(25)})
        rows = [[str(a), str(b), f"{rng.gamma(2):.2f}", str(rng.integers(1, 50))]
                for a, b in pairs]  # fmt: skip
        head = ["cbin1\tcbin2\texpected_count\tobserved_count"]
        return Table(rows, head, places=(0, 1), numbers=(3,))

    def read(self, path: Path):
        bins = path.with_name("bins.txt")
        rows = [f"{n}\t{c}\t{a}\t{b}" for n, (c, a, b) in enumerate(_bins(), start=1)]
        bins.write_text("\n".join(["cbin\tchr\tfrom.coord\tto.coord", *rows]) + "\n")
        return _pixels(read_geo(str(path), str(bins), SIZES))

    def reference(self, path: Path):
        _, rows = headed(path, ("cbin1", "cbin2", "observed_count"), more=True)
        upper, lower, found = 0, 0, Counter()
        for row in rows:
            one, two, count = whole(row["cbin1"]), whole(row["cbin2"]), real(row["observed_count"])
            if not (1 <= one <= len(_bins()) and 1 <= two <= len(_bins())) or count < 0:
                raise Invalid(row)
            upper, lower = upper + (one < two), lower + (one > two)
            if one <= two:
                found[one - 1, two - 1] += count
        if lower not in (0, upper):
            raise Invalid("half of the pairs in both orders")
        return {place: count for place, count in found.items() if count}


def headed(
    path: Path, needed: tuple[str, ...], sep: str = "\t", *, short: bool = False, more: bool = False
):
    """Header and rows (as dicts) of a table.

    `short`: absent cells are empty; `more`: cells after those of the header are not used.
    """
    lines = [line for line in text_lines(path) if line.strip()]
    lines = [line for line in lines if not line.startswith("#")]
    if not lines:
        raise Invalid("empty")
    head = [name.strip('"') for name in split(lines[0], "\t" if "\t" in lines[0] else sep)]
    while head and not head[-1]:
        head.pop()
    if any(head.count(name) != 1 for name in needed):
        raise Invalid("header")
    rows = []
    for line in lines[1:]:
        fields = [text.strip('"') for text in split(line, "\t" if "\t" in line else sep)]
        if short:
            fields += [""] * (len(head) - len(fields))
        rows.append(dict(zip(head, trimmed(fields, len(head), more=more), strict=True)))
    if not rows:
        raise Invalid("no row")
    return head, rows


class DenseMatrix:
    name = "dense matrix"

    def make(self, rng: Rng) -> Table:
        counts = rng.poisson(4, (10, 10))
        counts = np.triu(counts) + np.triu(counts, 1).T
        rows = [list(map(str, row)) for row in counts]
        return Table(rows, numbers=tuple(range(10)))

    def read(self, path: Path):
        return _pixels(read_matrix(str(path), "chr3", SIZES, RESOLUTION))

    def reference(self, path: Path):
        lines = [line for line in text_lines(path) if line.strip() and line[0] != "#"]
        sep = "," if lines and "," in lines[0] else None
        values = []
        for line in lines:
            fields = [text.strip().strip('"') for text in line.strip().split(sep)]
            values.append([real(text) for text in trimmed(fields, 10)])
        matrix = np.array(values)
        if matrix.shape != (10, 10) or (matrix < 0).any():
            raise Invalid("shape or sign")
        if np.tril(matrix, -1).any() and not np.allclose(matrix, matrix.T):
            raise Invalid("not symmetric")
        low = _offsets()["chr3"]
        one, two = np.nonzero(np.triu(matrix))
        return {(int(a) + low, int(b) + low): rounded(matrix[a, b])
                for a, b in zip(one, two, strict=True)}  # fmt: skip


LOOP = ("chromosome1", "start1", "end1", "chromosome2", "start2", "end2", "PET Count")


class Loops:
    name = "loop table"

    def make(self, rng: Rng) -> Table:
        rows = []
        for chrom, size in SIZES.items():
            bins = size // RESOLUTION
            pairs = {tuple(sorted(rng.choice(bins, 2, replace=False))) for _ in range(6)}
            for one, two in sorted(pairs):
                ends = [
                    (chrom, place * RESOLUTION, (place + 1) * RESOLUTION) for place in (one, two)
                ]
                row = [*ends[0], *ends[1], rng.integers(1, 20), f"{rng.random():.3f}"]
                rows.append([str(value) for value in row])
        head = ["chromosome1,start1,end1,chromosome2,start2,end2,PET Count,Bayes mixture 1"]
        return Table(rows, head, ",", chroms=(0, 3), places=(1, 2, 4, 5), numbers=(6, 7))

    def read(self, path: Path):
        table = read_loop_table(path, SIZES, RESOLUTION)
        return {
            (row.chrom1, row.start1, row.end1, row.start2, row.end2): (
                row[7], "" if np.isnan(row.probability) else rounded(row.probability)
            )
            for row in table.itertuples()
        }  # fmt: skip

    def rows(self, path: Path) -> list[dict[str, str]]:
        """Rows by the header's names; without a header, the places of a BEDPE and its counts."""
        lines = [line for line in text_lines(path) if line.strip(" ,\t") and line[0] != "#"]
        rows = [split(line, "\t" if "\t" in line else ",") for line in lines]
        if rows and len(rows[0]) >= 7 and rows[0][1].replace(".", "", 1).isdigit():
            counts = [row[7] if len(row) > 7 else "" for row in rows]
            if not all(text.isdigit() and int(text) for text in counts):
                counts = [row[6] if len(row) > 6 else "" for row in rows]
            rows = [[*trimmed(row, 6, more=True), n] for row, n in zip(rows, counts, strict=True)]
            return [dict(zip(LOOP, row, strict=True)) for row in rows]
        return headed(path, LOOP, ",", short=True, more=True)[1]

    def reference(self, path: Path):
        rows = self.rows(path)
        names = renamed({row[f"chromosome{n}"] for row in rows for n in "12"}, SIZES)
        found: dict[tuple, tuple] = {}
        for row in rows:
            ends = []
            for n in "12":
                if row[f"chromosome{n}"] not in names:
                    raise Invalid("chromosome")
                chrom = names[row[f"chromosome{n}"]]
                start, end = whole(row[f"start{n}"]), whole(row[f"end{n}"])
                limit = SIZES[chrom]
                if not 0 <= start < limit or start % RESOLUTION:
                    raise Invalid(start)
                if end not in (start + RESOLUTION, min(start + RESOLUTION, limit)):
                    raise Invalid(end)
                ends.append((chrom, start, min(end, limit)))
            text = row.get("Bayes mixture 1", "")
            chance = "" if text in ("", "NA", "nan", "NaN") else real(text)
            count = whole(row["PET Count"])
            if count < 1 or (chance != "" and not 0 <= chance <= 1):
                raise Invalid(row)
            one, two = sorted(ends)
            if one[0] != two[0] or one[1] == two[1]:
                continue
            place = (one[0], *one[1:], *two[1:])
            if place in found:
                raise Invalid("twice")
            found[place] = (count, chance)
        if not found:
            raise Invalid("no loop")
        return found


FORMATS = (Pairs(), HicPro(), GeoContacts(), DenseMatrix(), Loops())
