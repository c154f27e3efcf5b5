"""DeepExpression: motifs of promoters and enhancers, and their matches in JASPAR."""


# All sets in one job: reading a set takes less time than starting Keras
rule extract_deepexpression_motifs:
    input:
        code=code("deepexpression/motifs/extract_motifs.py"),
        models=[
            f"{DE}/models/{cell}/{task}.{DE_MAIN}.{DE_MOTIF_MODELS[kind]}.seed{DE_SEEDS[0]}"
            for cell, task, kind in DE_MOTIF_SETS
        ],
        datasets=[f"{DE}/data/{cell}.npz" for cell, _, _ in DE_MOTIF_SETS],
        folds=f"{DE}/folds/{DE_MAIN}.tsv.gz",
    output:
        memes=[f"{DE}/motifs/promoters/{'.'.join(names)}.meme" for names in DE_MOTIF_SETS],
        tables=[f"{DE}/motifs/promoters/{'.'.join(names)}.tsv" for names in DE_MOTIF_SETS],
    log:
        f"{LOGS}/deepexpression/extract_deepexpression_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/extract_deepexpression_motifs.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        sets=DE_MOTIF_SETS,
        fold_numbers=DE_MOTIFS["folds"],
        genes=DE_MOTIFS["genes"],
        max_promoters=DE_MOTIFS["max_promoters"],
        alpha=DE_MOTIFS["alpha"],
        pseudocount=DE_MOTIFS["pseudocount"],
        min_sites=DE_MOTIFS["min_sites"],
    script:
        "../../workflow_scripts/deepexpression/motifs/extract_motifs.py"


rule compile_deepexpression_tomtom:
    input:
        code=code("deepexpression/motifs/compile_tomtom.py"),
    output:
        done=touch(f"{DE}/motifs/tomtom.ready"),
    log:
        f"{LOGS}/deepexpression/compile_deepexpression_tomtom.log",
    benchmark:
        f"{BENCH}/deepexpression/compile_deepexpression_tomtom.tsv"
    conda:
        "../../envs/motifs.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=30,
    script:
        "../../workflow_scripts/deepexpression/motifs/compile_tomtom.py"


rule match_deepexpression_motifs:
    input:
        code=code("deepexpression/motifs/match_motifs.py"),
        ready=rules.compile_deepexpression_tomtom.output.done,
        memes=rules.extract_deepexpression_motifs.output.memes,
    output:
        matches=f"{DE}/motifs/promoters/matches.tsv",
        summary=f"{DE}/motifs/promoters/summary.tsv",
        logos=f"{DE}/motifs/promoters/logos.tsv",
    log:
        f"{LOGS}/deepexpression/match_deepexpression_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/match_deepexpression_motifs.tsv"
    conda:
        "../../envs/motifs.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=60,
    params:
        **DE_SEARCH,
        input_keys=dict(memes=["/".join(names) for names in DE_MOTIF_SETS]),
    script:
        "../../workflow_scripts/deepexpression/motifs/match_motifs.py"


rule list_deepexpression_enhancers:
    input:
        code=code("deepexpression/motifs/list_enhancers.py"),
        loops=f"{RESULTS}/loops/cells/{{cell}}.tsv.gz",
        peaks=lambda w: [
            f"{RESULTS}/tracks/peaks/{s}.bed"
            for s in enhancer_peaks(SAMPLES, PEAK_SAMPLES, w.cell, DE_ENHANCERS["peak_targets"])
        ],
        genes=f"{DE_GENOME}/genes.tsv",
        fasta=f"{DE_GENOME}/genome.fa",
        index=f"{DE_GENOME}/genome.fa.fai",
    output:
        sequences=f"{DE}/motifs/enhancers/{{cell}}.fa.gz",
    log:
        f"{LOGS}/deepexpression/list_deepexpression_enhancers/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepexpression/list_deepexpression_enhancers/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_ENHANCER_CELLS),
    conda:
        "../../envs/contacts.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=20,
    params:
        **{key: DE_ENHANCERS[key] for key in DE_WINDOW_KEYS},
        cell=lambda w: w.cell,
    script:
        "../../workflow_scripts/deepexpression/motifs/list_enhancers.py"


rule find_deepexpression_enhancer_motifs:
    input:
        code=code("deepexpression/motifs/find_enhancer_motifs.py"),
        sequences=f"{DE}/motifs/enhancers/{{cell}}.fa.gz",
    output:
        meme=f"{DE}/motifs/enhancers/{{cell}}.{{kind}}.meme",
        sites=f"{DE}/motifs/enhancers/{{cell}}.{{kind}}.sites.tsv.gz",
        history=f"{DE}/motifs/enhancers/{{cell}}.{{kind}}.history.tsv.gz",
    log:
        f"{LOGS}/deepexpression/find_deepexpression_enhancer_motifs/{{cell}}.{{kind}}.log",
    benchmark:
        f"{BENCH}/deepexpression/find_deepexpression_enhancer_motifs/{{cell}}.{{kind}}.tsv"
    wildcard_constraints:
        cell=one_of(DE_ENHANCER_CELLS),
        kind="found|control",
    conda:
        "../../envs/motifs.yaml"
    resources:
        mem_mb=mem_per_attempt(4000),
        runtime=240,
    params:
        settings={
            key: value
            for key, value in DE_ENHANCERS.items()
            if key not in ("cells", "peak_targets", "control", *DE_WINDOW_KEYS)
        },
        control=lambda w: w.kind == "control",
        seed=config["seed"],
        pseudocount=DE_MOTIFS["pseudocount"],
        checkpoints=lambda w: f"{DE}/checkpoints/enhancer_motifs/{w.cell}.{w.kind}",
    script:
        "../../workflow_scripts/deepexpression/motifs/find_enhancer_motifs.py"


use rule match_deepexpression_motifs as match_deepexpression_enhancer_motifs with:
    input:
        code=code("deepexpression/motifs/match_motifs.py"),
        ready=rules.compile_deepexpression_tomtom.output.done,
        memes=[f"{DE}/motifs/enhancers/{'.'.join(names)}.meme" for names in DE_ENHANCER_SETS],
    output:
        matches=f"{DE}/motifs/enhancers/matches.tsv",
        summary=f"{DE}/motifs/enhancers/summary.tsv",
        logos=f"{DE}/motifs/enhancers/logos.tsv",
    log:
        f"{LOGS}/deepexpression/match_deepexpression_enhancer_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/match_deepexpression_enhancer_motifs.tsv"
    params:
        **DE_SEARCH,
        input_keys=dict(memes=["/".join(names) for names in DE_ENHANCER_SETS]),


rule score_deepexpression_motifs:
    input:
        code=code("deepexpression/motifs/score_motifs.py"),
        promoters=f"{DE}/motifs/promoters/summary.tsv",
        enhancers=f"{DE}/motifs/enhancers/summary.tsv" if DE_ENHANCER_CELLS else [],
    output:
        scores=f"{DE}/motifs/scores.tsv",
    log:
        f"{LOGS}/deepexpression/score_deepexpression_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/score_deepexpression_motifs.tsv"
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=10,
    params:
        seed=DE_SEEDS[0],
    script:
        "../../workflow_scripts/deepexpression/motifs/score_motifs.py"


rule check_deepexpression_demo_motifs:
    input:
        code=code("deepexpression/motifs/check_demo_motifs.py"),
        activity=f"{WORLD}/truth/activity.tsv",
        promoters=f"{DE}/motifs/promoters/matches.tsv",
        enhancers=f"{DE}/motifs/enhancers/matches.tsv" if DE_ENHANCER_CELLS else [],
    output:
        table=f"{DE}/motifs/demo_truth.tsv",
    log:
        f"{LOGS}/deepexpression/check_deepexpression_demo_motifs.log",
    benchmark:
        f"{BENCH}/deepexpression/check_deepexpression_demo_motifs.tsv"
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=mem_per_attempt(1000),
        runtime=10,
    params:
        max_evalue=DE_MOTIFS["max_evalue"],
    script:
        "../../workflow_scripts/deepexpression/motifs/check_demo_motifs.py"
