"""Formats of genes, sequences and sheets: tables of expression and marks, GTF, FASTA, FASTQ."""

from pathlib import Path

import numpy as np
import pysam
from contact_formats import headed
from mutations import Rng, Table
from reference import Invalid, real, renamed, rounded, split, text_lines, trimmed, whole
from workflow_copy import ROOT

from workflow_scripts.align import prepare_genome
from workflow_scripts.chromaloom.genomics.genes import fit_to_genome, make_genes, read_gtf
from workflow_scripts.chromaloom.io.fastq import check_run
from workflow_scripts.chromaloom.workflow.sheets import read_sheet
from workflow_scripts.deepchrome.data.marks_tables import read_marks_table
from workflow_scripts.quantify.expression_tables import (
    read_gene_counts,
    read_matrix_column,
    read_salmon,
    read_star_counts,
)

SIZES = {"chr1": 30_000, "chr2": 20_000}
MARKS = ["H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3"]  # in the order of the file


def _values(table) -> dict[str, float]:
    return {row.gene_id: rounded(row.value) for row in table.itertuples()}


def _first_of_each(rows: list[tuple[str, str]]) -> dict[str, float]:
    """Value by gene; the first row of a gene counts, as the log says."""
    found: dict[str, float] = {}
    for gene, text in rows:
        if not gene or (value := real(text)) < 0:
            raise Invalid(gene)
        found.setdefault(gene, value)
    return found


class GeneCounts:
    name = "table of gene counts"

    def make(self, rng: Rng) -> Table:
        rows = [[f"ENSG{n:011d}", str(rng.integers(500))] for n in range(20)]
        return Table([*rows, ["__no_feature", "7"]], numbers=(1,))

    def read(self, path: Path):
        return _values(read_gene_counts(path))

    def reference(self, path: Path):
        lines = [line for line in text_lines(path) if line.strip() and line[0] != "#"]
        if not lines:
            raise Invalid("empty")
        sep = next((s for s in ("\t", ",") if s in lines[0]), None)
        rows = [trimmed([text.strip().strip('"') for text in line.split(sep)], 2) for line in lines]
        if rows[0][1][:1].isalpha() and rows[0][1].lower() not in ("na", "nan", "inf", "none"):
            rows = rows[1:]  # the header
        found = _first_of_each([(gene, text) for gene, text in rows])
        return {gene: value for gene, value in found.items() if not gene.startswith("__")}


class ExpressionMatrix:
    name = "expression matrix"

    def make(self, rng: Rng) -> Table:
        rows = [[f"ENSG{n:011d}", *(f"{v:.3f}" for v in rng.gamma(1, 9, 3))] for n in range(20)]
        return Table(rows, ["gene_id\tE001\tE002\tE003"], numbers=(2,))

    def read(self, path: Path):
        return _values(read_matrix_column(path, "E002"))

    def reference(self, path: Path):
        _, rows = headed(path, ("gene_id", "E002"))
        return _first_of_each([(row["gene_id"], row["E002"]) for row in rows])


class StarCounts:
    name = "ReadsPerGene.out.tab"

    def make(self, rng: Rng) -> Table:
        rows = [["N_unmapped", "9", "9", "9"], ["N_multimapping", "5", "5", "5"]]
        for n in range(20):
            two = rng.integers(2, 500), rng.integers(2)
            rows.append([f"ENSG{n:011d}", str(sum(two)), *map(str, two[::-1])])
        return Table(rows, numbers=(1, 2, 3))

    def read(self, path: Path):
        return _values(read_star_counts(path, "reverse"))

    def reference(self, path: Path):
        lines = [line for line in text_lines(path) if line.strip()]
        rows = [trimmed(split(line), 4) for line in lines]
        if not rows or any(real(text) < 0 for row in rows for text in row[1:]):
            raise Invalid("counts")
        found = _first_of_each([(row[0].strip('"'), row[3]) for row in rows])
        found = {gene: value for gene, value in found.items() if not gene.startswith("N_")}
        if not sum(real(text) for row in rows for text in row[2:] if row[0][:2] != "N_"):
            raise Invalid("no reads")
        return found


class SalmonQuant:
    name = "quant.sf"

    def make(self, rng: Rng) -> Table:
        rows = [
            [f"t{n}", "900", "700.5", f"{rng.gamma(1, 9):.3f}", f"{rng.gamma(1, 50):.2f}"]
            for n in range(20)
        ]
        return Table(rows, ["Name\tLength\tEffectiveLength\tTPM\tNumReads"], numbers=(3, 4))

    def read(self, path: Path):
        genes = path.with_name("transcripts.tsv")
        rows = "".join(f"t{n}\tg{n % 7}\n" for n in range(20))
        genes.write_text(f"transcript_id\tgene_id\n{rows}")
        return _values(read_salmon(path, genes, "tpm"))

    def reference(self, path: Path):
        names = ("Name", "Length", "EffectiveLength", "TPM", "NumReads")
        _, rows = headed(path, names)
        found: dict[str, float] = {}
        seen = set()
        for row in rows:
            numbers = [real(row[name]) for name in ("TPM", "NumReads")]
            if min(numbers) < 0 or not row["Name"] or row["Name"] in seen:
                raise Invalid(row)
            seen.add(row["Name"])
            number = row["Name"].removeprefix("t")
            if row["Name"].startswith("t") and number.isdigit() and int(number) < 20:
                gene = f"g{int(number) % 7}"
                found[gene] = found.get(gene, 0) + numbers[0]
        if not found:
            raise Invalid("no gene")
        return {gene: rounded(value) for gene, value in found.items()}


class MarksTable:
    name = "table of marks"

    def make(self, rng: Rng) -> Table:
        rows = [
            [f"gene{gene}", str(bin_ + 1), *map(str, rng.poisson(3, 5)), str(gene % 2)]
            for gene in range(5)
            for bin_ in range(4)
        ]
        return Table(rows, sep=",", places=(1,), numbers=(2, 3, 4, 5, 6), texts=(0,))

    def read(self, path: Path):
        table = read_marks_table(path, kind="marks_csv", marks=MARKS)
        return {
            (str(gene), bin_): (*map(float, values), int(label))
            for gene, label, rows in zip(table.gene_id, table.label, table.values, strict=True)
            for bin_, values in enumerate(rows, start=1)
        }

    def reference(self, path: Path):
        found: dict[tuple, tuple] = {}
        labels: dict[str, int] = {}
        last = ("", 0)
        for line in text_lines(path):
            if not line.strip():
                continue
            gene, bin_, *marks, label = trimmed(
                [text.strip().strip('"') for text in line.split(",")], 8
            )
            place = (gene, whole(bin_))
            if not gene or place in found or place not in ((last[0], last[1] + 1), (gene, 1)):
                raise Invalid(place)
            if whole(label) not in (0, 1) or labels.setdefault(gene, whole(label)) != whole(label):
                raise Invalid(label)
            numbers = [real(text) for text in marks]
            if not all(abs(value) < 1e38 for value in numbers):
                raise Invalid(numbers)
            values = tuple(float(np.float32(value)) for value in numbers)
            found[place] = (*values, whole(label))
            last = place
        bins = [sum(gene == name for gene, _ in found) for name in labels]
        if not found or len(set(bins)) > 1:
            raise Invalid("bins")
        return found


class Gtf:
    name = "GTF"

    def make(self, rng: Rng) -> Table:
        rows = []
        for n in range(12):
            chrom = f"chr{n % 2 + 1}"
            start = int(rng.integers(1, 15_000))
            strand, end = rng.choice(["+", "-"]), start + int(rng.integers(200, 4000))
            for feature in ("gene", "transcript", "exon"):
                text = f'gene_id "g{n}"; transcript_id "t{n}"; gene_name "G{n}";'
                rows.append(
                    [chrom, "x", feature, str(start), str(end), ".", str(strand), ".", text]
                )
        return Table(rows, ["#!genome-build test"], chroms=(0,), places=(3, 4))

    def read(self, path: Path):
        table = fit_to_genome(read_gtf(path), SIZES, names=(str(path), "genome.fa", "mine"))
        return {
            row.gene_id: (row.gene_name, row.chrom, row.start, row.end, row.strand, row.tss)
            for row in make_genes(table, list(SIZES)).itertuples()
        }

    def reference(self, path: Path):
        found: dict[str, list[tuple]] = {}
        for line in text_lines(path):
            fields = split(line)
            if not any(fields) or line.startswith("#"):
                continue
            if len(fields) < 9:
                raise Invalid("columns")
            chrom, _, feature, start, end, _, strand, _, text = fields[:9]
            if feature not in ("gene", "transcript", "exon"):
                continue
            keys = dict(
                part.strip().split(" ", 1) for part in text.split(";") if " " in part.strip()
            )
            keys = {key: value.strip().strip('"') for key, value in keys.items()}
            place = (whole(start) - 1, whole(end))
            if not 0 <= place[0] < place[1] or strand not in ("+", "-") or not keys.get("gene_id"):
                raise Invalid(line)
            if not chrom:
                raise Invalid("chromosome")
            row = (chrom, strand, *place, keys.get("gene_name", ""))
            found.setdefault(keys["gene_id"], []).append(row)
        if not found:
            raise Invalid("no gene")
        names = renamed((row[0] for rows in found.values() for row in rows), SIZES)
        genes = {}
        for gene, every in found.items():
            rows = [(names[row[0]], *row[1:]) for row in every if row[0] in names]
            if not rows:
                continue
            if any(row[3] > SIZES[row[0]] for row in rows):
                raise Invalid("beyond")
            if len({row[:2] for row in rows}) > 1:
                raise Invalid("two places")
            start, end = min(row[2] for row in rows), max(row[3] for row in rows)
            name = next((row[4] for row in rows if row[4]), "")
            tss = start if rows[0][1] == "+" else end - 1
            genes[gene] = (name, rows[0][0], start, end, rows[0][1], tss)
        return genes


class Fasta:
    name = "FASTA"

    def make(self, rng: Rng) -> Table:
        rows = []
        for chrom in ("chr1", "chr2"):
            rows.append([f">{chrom} a description"])
            rows += [["".join(rng.choice(list("ACGTacgtN"), 50))] for _ in range(6)]
        return Table(rows, texts=(0,))

    def read(self, path: Path):
        out, sizes = path.parent / "genome.out", path.parent / "sizes.out"
        prepare_genome.main(fasta=str(path), out=str(out), index=f"{out}.fai", sizes=str(sizes))
        with pysam.FastaFile(str(out)) as genome:
            found = {name: genome.fetch(name) for name in genome.references}
        written = dict(line.split("\t") for line in sizes.read_text().splitlines())
        assert {name: int(size) for name, size in written.items()} == {
            name: len(bases) for name, bases in found.items()
        }
        return found

    def reference(self, path: Path):
        found: dict[str, list[str]] = {}
        name = ""
        for line in text_lines(path):
            line = line.strip()
            if line.startswith(">"):
                name = line[1:].split()[0] if line[1:].split() else ""
                if not name or name in found:
                    raise Invalid("name")
                found[name] = []
            elif line:
                if not name or not set(line.upper()) <= set("ACGTUNRYSWKMBDHV*-"):
                    raise Invalid("sequence")
                found[name].append(line)
        if not found or not all(found.values()):
            raise Invalid("no bases")
        return {name: "".join(lines) for name, lines in found.items()}


class Fastq:
    name = "FASTQ"

    def make(self, rng: Rng) -> Table:
        rows = []
        for n in range(15):
            length = int(rng.integers(20, 60))
            bases = "".join(rng.choice(list("ACGTN"), length))
            rows += [[f"@r{n} 1:N:0"], [bases], ["+"], ["".join(rng.choice(list("#5:?I"), length))]]
        return Table(rows)

    def read(self, path: Path):
        found = check_run(path)[0]
        return found.n_reads, found.n_bases, found.min_length, found.max_length

    def reference(self, path: Path):
        lines = text_lines(path)
        while lines and not lines[-1]:
            lines.pop()
        if not lines or len(lines) % 4:
            raise Invalid("lines")
        lengths = []
        for name, bases, plus, quality in zip(*(lines[n::4] for n in range(4)), strict=True):
            fits = len(bases) == len(quality) > 0 and name[:1] == "@" and plus[:1] == "+"
            if not fits or not bases.isalpha() or not bases.isascii():
                raise Invalid(name)
            if plus[1:] not in ("", name[1:]) or not all("!" <= sign <= "~" for sign in quality):
                raise Invalid(plus)
            lengths.append(len(bases))
        return len(lengths), sum(lengths), min(lengths), max(lengths)


class SampleSheet:
    name = "sample sheet"

    def make(self, rng: Rng) -> Table:
        rows = [
            [f"s{n}", f"cell{n % 3}", "ChIP-seq", str(rng.choice(MARKS)), "hg38", "", "good"]
            for n in range(8)
        ]
        head = ["sample\tcell\tassay\ttarget\tassembly\tcontrol\tnote"]
        return Table(rows, head, texts=(6,))

    def read(self, path: Path):
        table = read_sheet(path, ROOT / "resources/schemas/samples.schema.yaml")
        return {row["sample"]: row for row in table.to_dict("records")}

    def reference(self, path: Path):
        names = ("sample", "cell", "assay", "target", "assembly", "control", "note")
        _, rows = headed(path, names[:3], short=True)
        found: dict[str, dict[str, str]] = {}
        for row in rows:
            if set(row) - set(names) or row["sample"] in found:
                raise Invalid(row)
            if row["assay"] != "ChIP-seq" or not row["sample"] or not row["cell"]:
                raise Invalid(row)
            for name in ("sample", "cell", "target", "assembly"):
                text = row.get(name, "")
                letters = text.replace("_", "").replace(".", "").replace("-", "")
                if text and not (text.isascii() and letters.isalnum() and text[0].isalnum()):
                    raise Invalid(text)
            found[row["sample"]] = {name: row.get(name, "") for name in names}
        return found


FORMATS = (
    GeneCounts(), ExpressionMatrix(), StarCounts(), SalmonQuant(), MarksTable(), Gtf(), Fasta(),
    Fastq(), SampleSheet(),
)  # fmt: skip
