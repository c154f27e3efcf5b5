"""Stand-ins for the SRA toolkit's programs, whose archive is a folder with a number of spots."""

import stat
import sys
from pathlib import Path

PREFETCH = """
import os, sys
from pathlib import Path
count = Path(os.environ["STUBS"], "prefetched")
tries = int(count.read_text()) + 1 if count.exists() else 1
count.write_text(str(tries))
if tries <= int(os.environ.get("FAIL_PREFETCH", 0)):
    sys.exit("prefetch: timeout exhausted")
assert sys.argv[1:3] == ["--max-size", "u"], sys.argv
folder = Path(sys.argv[sys.argv.index("--output-directory") + 1], sys.argv[-1])
folder.mkdir(exist_ok=True)
(folder / f"{folder.name}.sra").write_text("archive")
"""
VALIDATE = """
import os, sys
if os.environ.get("DAMAGED"):
    print("vdb-validate: checksums do not match")
    sys.exit(3)
"""
STAT = """
import os
spots = os.environ["SPOTS"]
print(f'<Run accession="SRR000001" read_length="variable" spot_count="{spots}" base_count="9"/>')
"""
DUMP = """
import os, sys
from pathlib import Path
run = Path(sys.argv[-1]).name
out = Path(sys.argv[sys.argv.index("--outdir") + 1])
out.mkdir()
assert "--split-3" in sys.argv
sizes = dict(item.split("=") for item in os.environ["FILES"].split())
for suffix, size in sizes.items():
    suffix = suffix.replace("single", "")
    reads = "".join(f"@{run}.{n}\\nACGT\\n+\\nIIII\\n" for n in range(int(size)))
    cut = int(os.environ.get("CUT", 0))
    (out / f"{run}{suffix}.fastq").write_text(reads[:len(reads) - cut])
total = sum(map(int, sizes.values()))
spots = int(os.environ.get("SPOTS_READ", os.environ["SPOTS"]))
if not os.environ.get("SILENT"):
    print(f"spots read      : {spots:,}", file=sys.stderr)
    print(f"reads read      : {total:,}", file=sys.stderr)
    print(f"reads written   : {int(os.environ.get('WRITTEN', total)):,}", file=sys.stderr)
"""
PROGRAMS = {
    "prefetch": PREFETCH, "vdb-validate": VALIDATE, "sra-stat": STAT, "fasterq-dump": DUMP,
}  # fmt: skip


def install(folder: Path) -> None:
    """Write the programs into a folder."""
    folder.mkdir()
    for name, text in PROGRAMS.items():
        path = folder / name
        path.write_text(f"#!{sys.executable} -S\n{text}")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
