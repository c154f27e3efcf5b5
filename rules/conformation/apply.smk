"""Conformation: bundles of its models, and bundles on the profiles of other cells."""

from workflow_scripts.conformation.apply.inputs import plan_application as plan_profiles

CF_BUNDLE = f"{RESULTS}/bundles/conformation-{{cell}}-{{kind}}"
# model in the names of bundles -> model in those of the run's files, seeds, and settings
CF_BUNDLED = {
    "forward": ("forward", CF_SEEDS, dict(preset=CF_CONFIG["preset"], **CF_TRAINING["forward"])),
    "linear": ("linear", CF_SEEDS, dict(preset=CF_CONFIG["preset"], **CF_TRAINING["forward"])),
    "pairwise": ("forward_pairwise", CF_SEEDS, CF_CONFIG["pairwise"]),
    "ridge": ("ridge", [0], CF_CONFIG["ridge"]),
}
BUNDLES += [
    f"{CF_BUNDLE}/model.yaml".format(cell=cell, kind=kind)
    for cell in CF_CELLS
    for kind in CF_BUNDLED
]
try:
    CF_APPLY = {
        name: plan_profiles(entry, SAMPLES, config["signal"], f"{CONFIG_FILE}: apply.{name}")
        for name, entry in applications_of("conformation").items()
    }
except UserError as error:
    fail(error)
CF_APPLIED = f"{RESULTS}/apply/{{application}}"
# entries of bundles with σ
CF_SIGMA = [name for name, plan in CF_APPLY.items() if plan.bundle.facts["model"] == "forward"]
STAGE_TARGETS += [f"{RESULTS}/apply/{name}/predicted.mcool" for name in CF_APPLY]
for name, plan in CF_APPLY.items():
    sigma = [f"{RESULTS}/apply/{name}/sigma.bw"] if name in CF_SIGMA else []
    if files := sigma + called_peaks(plan.samples):
        BROWSER_FILES[name] = (plan.assembly, files)


rule bundle_conformation:
    input:
        code=code("conformation/apply/bundle_conformation.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        networks=lambda w: [
            f"{CF}/models/{w.cell}/{model}.seed{seed}.keras"
            for model, seeds, _ in [CF_BUNDLED[w.kind]]
            for seed in seeds
        ],
        metrics=PAPERS["conformation"].metrics,
    output:
        bundle_files(CF_BUNDLE, [f"seed{s}" for s in CF_SEEDS]),
        model=f"{CF_BUNDLE}/model.yaml",
    log:
        f"{LOGS}/conformation/bundle_conformation/{{cell}}.{{kind}}.log",
    benchmark:
        f"{BENCH}/conformation/bundle_conformation/{{cell}}.{{kind}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
        kind="forward|linear|pairwise",
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        seeds=lambda w: CF_BUNDLED[w.kind][1],
        assembly=lambda w: CF_CELLS[w.cell].assembly,
        signal={key: config["signal"][key] for key in ("value", "over_control")},
        scale=CF_CONFIG["scale"],
        regions=CF_CONFIG["regions"],
        settings=lambda w: CF_BUNDLED[w.kind][2],
    script:
        "../../workflow_scripts/conformation/apply/bundle_conformation.py"


use rule bundle_conformation as bundle_conformation_ridge with:
    input:
        code=code("conformation/apply/bundle_conformation.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        networks=[f"{CF}/models/{{cell}}/ridge.seed0.npz"],
        metrics=PAPERS["conformation"].metrics,
    output:
        bundle_files(CF_BUNDLE, ["seed0"], "npz"),
        model=f"{CF_BUNDLE}/model.yaml",
    wildcard_constraints:
        cell=one_of(CF_CELLS),
        kind="ridge",


rule apply_conformation:
    input:
        code=code("conformation/apply/apply_conformation.py"),
        model=lambda w: CF_APPLY[w.application].bundle.files,
        tracks=lambda w: [
            f"{RESULTS}/tracks/{plan.bundle.inputs['resolution']}/{sample}.tsv.gz"
            for plan in [CF_APPLY[w.application]]
            for sample in plan.samples
        ],
        chrom_sizes=lambda w: f"{RESULTS}/genome/{CF_APPLY[w.application].assembly}/chrom.sizes",
    output:
        mcool=f"{CF_APPLIED}/predicted.mcool",
    log:
        f"{LOGS}/conformation/apply_conformation/{{application}}.log",
    benchmark:
        f"{BENCH}/conformation/apply_conformation/{{application}}.tsv"
    wildcard_constraints:
        application=one_of([name for name in CF_APPLY if name not in CF_SIGMA]),
    conda:
        f"../../envs/enhance{BUILD}.yaml"
    threads: CF_CONFIG["threads"]
    resources:
        gpu=GPU,
        mem_mb=mem_per_attempt(8000),
        runtime=240,
    params:
        bundle=lambda w: str(CF_APPLY[w.application].bundle.folder),
        where=lambda w: f"apply.{w.application}",
        factors=lambda w: CF_APPLY[w.application].factors,
        regions=lambda w: CF_APPLY[w.application].regions,
    script:
        "../../workflow_scripts/conformation/apply/apply_conformation.py"


use rule apply_conformation as apply_conformation_forward with:
    output:
        mcool=f"{CF_APPLIED}/predicted.mcool",
        sigma=f"{CF_APPLIED}/sigma.bw",
        bins=f"{CF_APPLIED}/sigma.tsv.gz",
    wildcard_constraints:
        application=one_of(CF_SIGMA),
