"""Conformation: bundles of its forward networks, and bundles on the profiles of other cells."""

from workflow_scripts.conformation.apply.inputs import plan_application as plan_profiles

CF_BUNDLE = f"{RESULTS}/bundles/conformation-{{cell}}-forward"
BUNDLES += [f"{CF_BUNDLE}/model.yaml".format(cell=cell) for cell in CF_CELLS]
try:
    CF_APPLY = {
        name: plan_profiles(entry, SAMPLES, config["signal"], f"{CONFIG_FILE}: apply.{name}")
        for name, entry in applications_of("conformation").items()
    }
except UserError as error:
    fail(error)
STAGE_TARGETS += [f"{RESULTS}/apply/{name}/predicted.mcool" for name in CF_APPLY]


rule bundle_conformation:
    input:
        code=code("conformation/apply/bundle_conformation.py"),
        dataset=f"{CF}/data/{{cell}}.npz",
        networks=[f"{CF}/models/{{cell}}/forward.seed{s}.keras" for s in CF_SEEDS],
        metrics=PAPERS["conformation"].metrics,
    output:
        bundle_files(CF_BUNDLE, [f"seed{s}" for s in CF_SEEDS]),
        model=f"{CF_BUNDLE}/model.yaml",
    log:
        f"{LOGS}/conformation/bundle_conformation/{{cell}}.log",
    benchmark:
        f"{BENCH}/conformation/bundle_conformation/{{cell}}.tsv"
    wildcard_constraints:
        cell=one_of(CF_CELLS),
    conda:
        "../../envs/train.yaml"
    resources:
        mem_mb=mem_per_attempt(2000),
        runtime=10,
    params:
        seeds=CF_SEEDS,
        assembly=lambda w: CF_CELLS[w.cell].assembly,
        signal={key: config["signal"][key] for key in ("value", "over_control")},
        scale=CF_CONFIG["scale"],
        regions=CF_CONFIG["regions"],
        settings=dict(preset=CF_CONFIG["preset"], **CF_TRAINING["forward"]),
    script:
        "../../workflow_scripts/conformation/apply/bundle_conformation.py"


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
        mcool=f"{RESULTS}/apply/{{application}}/predicted.mcool",
        sigma=f"{RESULTS}/apply/{{application}}/sigma.bw",
        bins=f"{RESULTS}/apply/{{application}}/sigma.tsv.gz",
    log:
        f"{LOGS}/conformation/apply_conformation/{{application}}.log",
    benchmark:
        f"{BENCH}/conformation/apply_conformation/{{application}}.tsv"
    wildcard_constraints:
        application=one_of(CF_APPLY),
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
