"""Assays, the kinds of runs that each accepts, their units, and the papers that use them."""

import re
from pathlib import Path

# Assays whose reads become contact maps
CONTACT_ASSAYS = ("Hi-C", "Micro-C")
# Assays whose reads become pairs of positions
PAIR_ASSAYS = (*CONTACT_ASSAYS, "HiChIP")
# Assays that need a genome
NEEDS_ASSEMBLY = (*PAIR_ASSAYS, "PRO-seq", "segmentation")
MAPS = ("fastq", "pairs", "hicpro", "cool", "mcool", "hic", "matrix", "geo_contacts")
# Kinds of runs (of the run sheet) that an assay accepts
KINDS = {
    "ChIP-seq": ["fastq", "bam", "tagalign", "peaks", "gff3", "bigwig", "bedgraph", "binned"],
    "RNA-seq": ["fastq", "bam", "salmon_quant", "star_counts", "gene_counts", "expression_matrix"],
    "PRO-seq": ["bigwig", "bedgraph", "binned"],
    "segmentation": ["segments"],
    "marks": ["marks_csv", "marks_diff_csv", "marks_npz"],
    **{assay: [*MAPS] for assay in CONTACT_ASSAYS},
    "HiChIP": ["fastq", "hicpro", "pairs", "loops"],
}
# Assays that a paper uses, with all of their kinds
PAPER_ASSAYS = {
    "deepchrome": ["ChIP-seq", "RNA-seq", "marks"],
    "conformation": [*CONTACT_ASSAYS, "ChIP-seq", "PRO-seq", "segmentation", "RNA-seq"],
    "deepexpression": ["RNA-seq", "HiChIP"],
    "enhancement": [*CONTACT_ASSAYS],
}


def matrix_unit(path: str | Path) -> str:
    """Unit of an expression matrix by its file's name: rpkm, fpkm, tpm or counts, else unstated."""
    named = re.search(r"rpkm|fpkm|tpm|counts?(?![a-z])", Path(path).name.lower())
    return {"count": "counts"}.get(named[0], named[0]) if named else "unstated"


def expression_units(kind: str, path: str | Path) -> tuple[str, ...]:
    """Units that RNA-seq of a kind of run has: reads and salmon's tables have two."""
    if kind in ("fastq", "bam", "salmon_quant"):
        return ("counts", "tpm")
    return ("counts",) if kind in ("gene_counts", "star_counts") else (matrix_unit(path),)
