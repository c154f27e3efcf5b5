"""DeepExpression: motifs of enhancers under loops."""


rule list_enhancers:
    input:
        code=code("deepexpression/motifs/list_enhancers.py"),
        loops=f"{RESULTS}/loops/cells/{{cell}}.tsv.gz",
        peaks=lambda w: [
            f"{RESULTS}/tracks/peaks/{s}.bed"
            for s in enhancer_peaks(SAMPLES, PEAK_SAMPLES, w.cell, DE_ENHANCERS["peaks"])
        ],
        genes=f"{DE_GENOME}/genes.tsv",
        fasta=f"{DE_GENOME}/genome.fa",
        index=f"{DE_GENOME}/genome.fa.fai",
    output:
        sequences=f"{DE}/motifs/enhancers/{{cell}}.fa.gz",
    log:
        f"{LOGS}/deepexpression/list_enhancers/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepexpression/list_enhancers/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_ENHANCER_CELLS),
    conda:
        "../../envs/contacts.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    params:
        cell=lambda w: w.cell,
        join=DE_ENHANCERS["join"],
        width=DE_ENHANCERS["width"],
        promoter=DE_ENHANCERS["promoter"],
        most=DE_ENHANCERS["most"],
    script:
        "../../workflow_scripts/deepexpression/motifs/list_enhancers.py"


rule find_enhancer_motifs:
    input:
        code=code("deepexpression/motifs/find_enhancer_motifs.py"),
        sequences=f"{DE}/motifs/enhancers/{{cell}}.fa.gz",
    output:
        meme=f"{DE}/motifs/enhancers/{{cell}}.{{kind}}.meme",
        sites=f"{DE}/motifs/enhancers/{{cell}}.{{kind}}.sites.tsv.gz",
        history=f"{DE}/motifs/enhancers/{{cell}}.{{kind}}.history.tsv.gz",
    log:
        f"{LOGS}/deepexpression/find_enhancer_motifs/{{cell}}.{{kind}}.log",
    benchmark:
        f"{BENCH}/deepexpression/find_enhancer_motifs/{{cell}}.{{kind}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_ENHANCER_CELLS),
        kind="found|control",
    conda:
        "../../envs/motifs.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=240,
    params:
        settings={
            key: value
            for key, value in DE_ENHANCERS.items()
            if key not in ("cells", "peaks", "join", "width", "promoter", "most", "control")
        },
        control=lambda w: w.kind == "control",
        seed=config["seed"],
        pseudocount=DE_MOTIFS["pseudocount"],
        checkpoints=lambda w: f"{DE}/checkpoints/enhancer_motifs/{w.cell}.{w.kind}",
    script:
        "../../workflow_scripts/deepexpression/motifs/find_enhancer_motifs.py"


use rule match_motifs as match_enhancer_motifs with:
    input:
        code=code("deepexpression/motifs/match_motifs.py"),
        ready=rules.compile_tomtom.output.done,
        memes=[
            f"{DE}/motifs/enhancers/{cell}.{kind}.meme"
            for cell in DE_ENHANCER_CELLS
            for kind in DE_ENHANCER_KINDS
        ],
    output:
        matches=f"{DE}/motifs/enhancers/matches.tsv",
        summary=f"{DE}/motifs/enhancers/summary.tsv",
        logos=f"{DE}/motifs/enhancers/logos.tsv",
    log:
        f"{LOGS}/deepexpression/match_enhancer_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/match_enhancer_motifs.tsv"
    params:
        **DE_SEARCH,
        sets=[f"{cell}/{kind}" for cell in DE_ENHANCER_CELLS for kind in DE_ENHANCER_KINDS],
