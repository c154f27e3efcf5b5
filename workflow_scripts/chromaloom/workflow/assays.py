"""Assays, the kinds of runs that each accepts, and the papers that use them."""

# Assays whose reads become contact maps
CONTACT_ASSAYS = ("Hi-C", "Micro-C")
# Assays whose reads become pairs of positions
PAIR_ASSAYS = (*CONTACT_ASSAYS, "HiChIP")
# Assays that need a genome
NEEDS_ASSEMBLY = (*PAIR_ASSAYS, "PRO-seq", "segmentation")
MAPS = ("fastq", "pairs", "hicpro", "cool", "mcool", "matrix", "geo_contacts")
# Kinds of runs (of the run sheet) that an assay accepts
KINDS = {
    "ChIP-seq": ["fastq", "bam", "tagalign", "peaks", "gff3", "bigwig", "bedgraph", "binned"],
    "RNA-seq": ["fastq", "gene_counts", "expression_matrix"],
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
