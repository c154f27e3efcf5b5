from workflow_scripts.setup.time_rules import seconds_by_rule

LOG = """\
Building DAG of jobs...

[Tue Dec  1 04:26:04 2026]
localrule align:
    input: a
    jobid: 3
    wildcards: sample=A

[Tue Dec  1 04:26:05 2026]
rule align:
    jobid: 4
[Tue Dec  1 04:26:14 2026]
Finished jobid: 3 (Rule: align)
1 of 3 steps (33%) done
[Tue Dec  1 04:26:14 2026]
rule fails:
    jobid: 5
[Tue Dec  1 04:27:05 2026]
Finished jobid: 4 (Rule: align)
[Tue Dec  1 04:27:05 2026]
rule quick:
    jobid: 6
[Tue Dec  1 04:27:05 2026]
Finished jobid: 6 (Rule: quick)
"""


def test_seconds_from_start_to_end_of_the_jobs_that_finished(tmp_path):
    (tmp_path / "run.log").write_text(LOG)
    assert seconds_by_rule(tmp_path / "run.log") == {"align": [10, 60], "quick": [0.5]}
