"""What may be measured of a sample, and at which stages its files may enter."""

# Assays whose reads become contact maps
CONTACT_ASSAYS = ("Hi-C", "Micro-C")
# Assays whose reads become pairs of places
PAIR_ASSAYS = (*CONTACT_ASSAYS, "HiChIP")
# Assays that mean nothing without a genome
NEEDS_ASSEMBLY = (*PAIR_ASSAYS, "PRO-seq", "segmentation")
MAPS = ("fastq", "pairs", "cool", "mcool", "matrix", "geo_contacts")
# Kinds of runs (of the run sheet) that go with an assay
KINDS = {
    "ChIP-seq": ["fastq", "bam", "tagalign", "peaks", "gff3", "bigwig", "bedgraph", "binned"],
    "RNA-seq": ["fastq", "bam", "gene_counts", "expression_matrix"],
    "PRO-seq": ["bigwig", "bedgraph", "binned"],
    "segmentation": ["segments"],
    "marks": ["marks_csv", "marks_diff_csv", "marks_npz"],
    **{assay: [*MAPS] for assay in CONTACT_ASSAYS},
    "HiChIP": ["fastq", "hicpro", "pairs", "loops"],
}
