"""Bundles of trained models, and trained models on new data (docs/apply.md)."""

from workflow_scripts.chromaloom.ml.bundles import read_applications

try:
    APPLY = read_applications(config["apply"], locate, f"{CONFIG_FILE}: apply")
except UserError as error:
    fail(error)

# model.yaml of the run's own bundles, added by the papers' rule files
BUNDLES = []
# Files for a genome browser (bigWig, BED, BEDPE), added by the rule files. Of an entry of `apply`:
# name -> (assembly, files). Of the run itself: assembly -> files.
BROWSER_FILES = {}
RUN_BROWSER_FILES = {}
# Entries of `apply` that give a value for each gene of a genome: name -> (assembly, whether it is a
# probability)
GENE_TRACKS = {}
# genomes that IGV knows by the name that they have at UCSC
IGV_GENOMES = """hg18 hg19 hg38 mm9 mm10 mm39 rn6 rn7 dm3 dm6 ce10 ce11 sacCer3 danRer10 danRer11
galGal6 xenTro10 canFam6 susScr11 bosTau9""".split()


rule bundles:
    input:
        lambda wildcards: BUNDLES,


rule write_gene_tracks:
    input:
        code=code("report/write_gene_tracks.py"),
        genes=f"{RESULTS}/apply/{{application}}/genes.tsv.gz",
        chrom_sizes=lambda w: f"{RESULTS}/genome/{GENE_TRACKS[w.application][0]}/chrom.sizes",
    output:
        bed=f"{RESULTS}/apply/{{application}}/genes.bed",
        bigwig=f"{RESULTS}/apply/{{application}}/genes.bw",
    log:
        f"{LOGS}/write_gene_tracks/{{application}}.log",
    benchmark:
        f"{BENCH}/write_gene_tracks/{{application}}.tsv"
    wildcard_constraints:
        application=one_of(APPLY),
    conda:
        "../envs/signal.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    params:
        probability=lambda w: GENE_TRACKS[w.application][1],
    script:
        "../workflow_scripts/report/write_gene_tracks.py"


rule write_igv_session:
    input:
        code=code("report/write_igv_session.py"),
        files=lambda w: browser_sessions()[w.session][1],
        genes=lambda w: browser_genes(browser_sessions()[w.session][0]),
        sequence=lambda w: browser_sequence(browser_sessions()[w.session][0]),
    output:
        session=f"{RESULTS}/{{session}}.xml",
    log:
        f"{LOGS}/write_igv_session/{{session}}.log",
    benchmark:
        f"{BENCH}/write_igv_session/{{session}}.tsv"
    wildcard_constraints:
        session=one_of(
            [
                "igv_session",
                *[f"igv_session.{name}" for name in config["assemblies"]],
                *[f"apply/{name}/igv_session" for name in APPLY],
            ]
        ),
    conda:
        "../envs/report.yaml"
    resources:
        mem_mb=mem_per_attempt(500),
        runtime=5,
    params:
        genome=lambda w: browser_sessions()[w.session][0],
    script:
        "../workflow_scripts/report/write_igv_session.py"
