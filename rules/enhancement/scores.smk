"""Scores of enhancement's predicted maps."""

from workflow_scripts.enhancement.config.scores_plan import (
    prediction_runs as enhancement_prediction_runs,
)

EN_RUNS = enhancement_prediction_runs({**EN_SEQUENCE_PREDICTIONS, **EN_IMAGE_PREDICTIONS})


rule evaluate_enhancement:
    input:
        code=code("enhancement/evaluation/evaluate_enhancement.py"),
        sequence=EN_SEQUENCE_DATA,
        image=EN_IMAGE_DATA,
        predictions=list(EN_RUNS.values()),
        sizes=f"{EN}/tables/sizes.tsv",
    output:
        metrics=PAPERS["enhancement"].metrics,
        by_distance=f"{EN}/by_distance.tsv",
        by_map=f"{EN}/by_map.tsv",
        windows=f"{EN}/window_scores.tsv.gz",
        paired=f"{EN}/paired.tsv",
        zeroed=f"{EN}/zeroed.tsv",
    log:
        f"{LOGS}/enhancement/evaluate_enhancement.log",
    benchmark:
        f"{BENCH}/enhancement/evaluate_enhancement.tsv"
    conda:
        "../../envs/contacts.yaml"
    threads: 1
    resources:
        mem_mb=mem_per_attempt(8000),
        runtime=240,
    params:
        runs=list(EN_RUNS),
        zeroed=EN_ZEROED,
        settings=EN_CONFIG["metrics"],
    script:
        "../../workflow_scripts/enhancement/evaluation/evaluate_enhancement.py"
