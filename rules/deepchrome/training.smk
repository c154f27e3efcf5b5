"""Training of DeepChrome's networks."""


# one job for all networks of a cell: starting Keras takes longer than training most of them
rule train_deepchrome:
    input:
        code=code("deepchrome/training/train_deepchrome.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        weights=[f"{DC}/models/{{cell}}/{m}.seed{s}.keras" for m, s in DC_TRAINED],
        history=[f"{DC}/models/{{cell}}/{m}.seed{s}.history.tsv" for m, s in DC_TRAINED],
        record=[f"{DC}/models/{{cell}}/{m}.seed{s}.run.json" for m, s in DC_TRAINED],
    log:
        f"{LOGS}/deepchrome/train_deepchrome/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/train_deepchrome/{{cell}}.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=240 * len(DC_TRAINED),
    params:
        networks=DC_TRAINED,
        shuffled=["deepchrome_shuffled"],
        network_settings=DC_CONFIG["network"],
        training=training_settings(DC_CONFIG["preset"], DC_CONFIG["training"]),
        checkpoint_seconds=config["checkpoint_seconds"],
        # not an output: Snakemake would delete it when a job is killed, and resuming needs it
        checkpoints=f"{DC}/checkpoints/{{cell}}",
    script:
        "../../workflow_scripts/deepchrome/training/train_deepchrome.py"


use rule train_deepchrome as train_deepchrome_other_order with:
    input:
        code=code("deepchrome/training/train_deepchrome.py"),
        dataset=f"{DC}/label_order/data/{{cell}}.npz",
    output:
        weights=[
            f"{DC}/label_order/models/{{cell}}/{m}.seed{s}.keras" for m, s in DC_RELABELED_NETWORKS
        ],
        history=[
            f"{DC}/label_order/models/{{cell}}/{m}.seed{s}.history.tsv"
            for m, s in DC_RELABELED_NETWORKS
        ],
        record=[
            f"{DC}/label_order/models/{{cell}}/{m}.seed{s}.run.json"
            for m, s in DC_RELABELED_NETWORKS
        ],
    log:
        f"{LOGS}/deepchrome/train_deepchrome_other_order/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/train_deepchrome_other_order/{{cell}}.tsv"
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=240 * len(DC_RELABELED_NETWORKS),
    params:
        networks=DC_RELABELED_NETWORKS,
        checkpoints=f"{DC}/checkpoints/{{cell}}.{DC_OTHER_ORDER}",


rule tune_deepchrome:
    input:
        code=code("deepchrome/training/tune_deepchrome.py"),
        dataset=f"{DC}/data/{{cell}}.npz",
    output:
        table=f"{DC}/tuning/{{cell}}.tsv",
    log:
        f"{LOGS}/deepchrome/tune_deepchrome/{{cell}}.log",
    benchmark:
        f"{BENCH}/deepchrome/tune_deepchrome/{{cell}}.tsv"
    conda:
        f"../../envs/train{BUILD}.yaml"
    threads: DC_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(4000),
        runtime=1440,
    params:
        networks=DC_TUNING_NETWORKS,
        training=training_settings(
            DC_CONFIG["preset"], {**DC_CONFIG["training"], **DC_CONFIG["tuning"]["training"]}
        ),
        seed=DC_CONFIG["seeds"][0],
        checkpoint_seconds=config["checkpoint_seconds"],
        checkpoints=f"{DC}/checkpoints/{{cell}}.tuning",
    script:
        "../../workflow_scripts/deepchrome/training/tune_deepchrome.py"
