"""A real SLURM on this machine alone: munged, slurmctld, two slurmd with made-up GPUs; no systemd.

The configuration has to lie in /etc/slurm, since the executor's job step drops SLURM's variables
before it calls srun. A machine with a configuration of its own there is left alone.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

CONFIG = Path("/etc/slurm")
PREFIX = "chromaloom-slurm-"
NODES = {"cpu01": 16821, "gpu01": 16822}
# Accounting keeps finished jobs in the controller: MinJobAge beyond any test's length
SLURM_CONF = """\
ClusterName=chromaloomtest
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
AuthInfo=socket={folder}/munge.socket
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
StateSaveLocation={folder}/state
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdLogFile={folder}/slurmd-%n.log
SlurmdSpoolDir={folder}/spool-%n
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
MinJobAge=3600
KillWait=5
AccountingStorageType=accounting_storage/none
GresTypes=gpu
NodeName=cpu01 NodeHostname={host} NodeAddr=127.0.0.1 Port=16821 CPUs=4 RealMemory=16000
NodeName=gpu01 NodeHostname={host} NodeAddr=127.0.0.1 Port=16822 CPUs=4 RealMemory=16000 Gres=gpu:2
PartitionName=cpu Nodes=cpu01 Default=YES DefaultTime=10 MaxTime=INFINITE
PartitionName=gpu Nodes=gpu01 DefaultTime=10 MaxTime=INFINITE
"""
# any character device will do for a GPU that nobody computes on
GRES_CONF = "".join(f"NodeName=gpu01 Name=gpu File=/dev/{d}\n" for d in ("null", "zero"))


class NoCluster(Exception):
    """Why no SLURM can be started here."""


class SmallCluster:
    """SLURM's daemons, from `start` to `stop`; its commands without the caller's own SLURM_*."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.folder.chmod(0o755)  # munged wants a folder that everybody may enter
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("SLURM", "SBATCH"))}
        self.links: list[Path] = []

    def start(self) -> None:
        """Start all daemons and wait until both nodes are idle."""
        if os.geteuid() != 0:
            raise NoCluster("only root may start SLURM's daemons")
        self._remove_leftovers()
        if any((CONFIG / name).exists() for name in ("slurm.conf", "gres.conf")):
            raise NoCluster(f"this machine has a SLURM of its own ({CONFIG})")
        host = socket.gethostname().split(".")[0]
        (self.folder / "state").mkdir()
        for node in NODES:
            (self.folder / f"spool-{node}").mkdir()
        CONFIG.mkdir(exist_ok=True)
        contents = {
            "slurm.conf": SLURM_CONF.format(host=host, folder=self.folder),
            "gres.conf": GRES_CONF,
            "cgroup.conf": "CgroupAutomount=no\n",
        }
        for name, text in contents.items():
            (self.folder / name).write_text(text)
            if not (CONFIG / name).exists():
                (CONFIG / name).symlink_to(self.folder / name)
                self.links.append(CONFIG / name)
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self._run(
            "munged",
            f"--key-file={key}",
            *(
                f"--{what}={self.folder}/munge.{what.split('-')[0]}"
                for what in ("socket", "pid-file")
            ),
            f"--log-file={self.folder}/munged.log",
            f"--seed-file={self.folder}/munge.seed",
        )
        self._run("slurmctld", "-i")
        self._wait_for("slurmctld", lambda: self.ask("scontrol", "ping").count("UP"))
        for node in NODES:
            self._run("slurmd", "-N", node)
        self._wait_for(
            "idle nodes",
            lambda: len(set(self.ask("sinfo", "-hN", "-t", "idle", "-o", "%N").split())) == 2,
        )

    def stop(self) -> None:
        """End jobs and daemons, remove the configuration; keep nothing."""
        try:
            if (self.folder / "slurmctld.pid").exists():
                self.ask("scancel", "--user", "root", "--full")
                self._wait_for("end of jobs", lambda: not self.ask("squeue", "-h"), 20)
        except (NoCluster, subprocess.TimeoutExpired):
            pass  # the daemons go all the same
        finally:
            for name in ("slurmd-cpu01", "slurmd-gpu01", "slurmctld", "munge"):
                self._end(self.folder / f"{name}.pid")
            for link in self.links:
                link.unlink(missing_ok=True)
            shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, *command: str) -> str:
        """What one of SLURM's commands says; empty where it fails."""
        done = subprocess.run(
            command, env=self.env, capture_output=True, text=True, check=False, timeout=20
        )
        return done.stdout if done.returncode == 0 else ""

    def jobs(self) -> list[dict[str, str]]:
        """SLURM's fields of all jobs since the start, in order, finished ones among them.

        Besides, `rule` is the Snakemake rule, `gpus` the request for GPUs and `mb` the memory.
        """
        lines = self.ask("scontrol", "-o", "show", "jobs").splitlines()
        rows = [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines if "JobId=" in line]
        for row in rows:
            row["rule"] = row["Comment"].removeprefix("rule_").split("_wildcards_")[0]
            row["gpus"] = row.get("TresPerJob", "") + row.get("TresPerNode", "")
            row["mb"] = int(row["MinMemoryNode"].removesuffix("M"))
        return sorted(rows, key=lambda row: int(row["JobId"]))

    def kill(self, job: str) -> int:
        """Kill a job's Python, as the kernel does when memory runs out; how many there were."""
        killed = 0
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                ours = f"SLURM_JOB_ID={job}\0".encode() in (process / "environ").read_bytes()
                if ours and (process / "comm").read_text().startswith("python"):
                    os.kill(int(process.name), signal.SIGKILL)
                    killed += 1
        return killed

    def _remove_leftovers(self) -> None:
        """Remove the configuration of a test that was killed; refuse beside one that runs."""
        for link in CONFIG.glob("*.conf"):
            if not (link.is_symlink() and PREFIX in str(folder := link.readlink().parent)):
                continue
            with suppress(OSError, ValueError):
                pid = int((folder / "slurmctld.pid").read_text())
                if Path(f"/proc/{pid}/comm").read_text().startswith("slurmctld"):
                    raise NoCluster("another run of these tests has its SLURM here")
            link.unlink()

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command, env=self.env, capture_output=True, text=True, check=False, timeout=60
        )
        if done.returncode:
            raise NoCluster(f"{command[0]} did not start: {(done.stderr or done.stdout).strip()}")

    def _wait_for(self, what: str, ready, limit: float = 60) -> None:
        end = time.monotonic() + limit
        while not ready():
            if time.monotonic() > end:
                raise NoCluster(f"no {what} after {limit} s; logs were in {self.folder}")
            time.sleep(0.5)

    def _end(self, pid_file: Path) -> None:
        """End the daemon of a pid file, and see that the number is still its own."""
        name = pid_file.name.split("-")[0].split(".")[0]
        try:
            pid = int(pid_file.read_text())
            if not Path(f"/proc/{pid}/comm").read_text().startswith(name):
                return
            os.kill(pid, signal.SIGTERM)
            for _ in range(100):
                os.kill(pid, 0)
                time.sleep(0.1)
            os.kill(pid, signal.SIGKILL)
        except (OSError, ValueError):
            return  # gone
