"""A real Slurm with several virtual nodes on this machine, in a directory of its own.

It needs root and Debian's packages. Its commands are reached through `bin/`, which
names its configuration: several clusters can run side by side, and a Slurm that is
installed here otherwise is left alone.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tests.harness import wait_until

COMMANDS: Final = (
    "sbatch",
    "scancel",
    "sacct",
    "sacctmgr",
    "scontrol",
    "sinfo",
    "squeue",
    "srun",
)
START_S: Final = 60.0
ACCOUNT: Final = "science"
CONF: Final = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={home}/munge.sock
SlurmctldPort={ctld_port}
SlurmctldPidFile={home}/slurmctld.pid
SlurmdPidFile={home}/slurmd-%n.pid
SlurmctldLogFile={home}/slurmctld.log
SlurmdLogFile={home}/slurmd-%n.log
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool-%n
MpiDefault=none
ReturnToService=2
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=100
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,bf_interval=1,\
batch_sched_delay=0,default_queue_depth=1000
MaxArraySize=10001
MaxJobCount=20000
MinJobAge={min_job_age}
KillWait=5
InactiveLimit=0
SlurmctldTimeout=10
SlurmdTimeout=5
BatchStartTimeout=10
MessageTimeout=20
CompleteWait=0
SlurmdParameters=config_overrides
AcctGatherNodeFreq=0
JobAcctGatherFrequency=task=1
JobRequeue=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
{limits}
{accounting}
NodeName=n[1-{nodes}] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{node_ports}] \
CPUs={cores} Boards=1 SocketsPerBoard=1 CoresPerSocket={cores} ThreadsPerCore=1 \
RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=n[1-{nodes}] Default=YES MaxTime=INFINITE DefaultTime=10 \
PriorityTier=10 PreemptMode=OFF State=UP
PartitionName=low Nodes=n3 MaxTime=INFINITE DefaultTime=10 PriorityTier=1 \
PreemptMode=REQUEUE State=UP
PartitionName=gpu-a100 Nodes=n1 MaxTime=1-00:00:00 DefaultTime=10 PriorityTier=10 \
PreemptMode=OFF State=UP
PartitionName=short Nodes=n1 MaxTime=1 DefaultTime=1 PriorityTier=10 \
PreemptMode=OFF State=UP
"""
LIMITS: Final = """\
TaskPlugin=task/cgroup
ProctrackType=proctrack/cgroup
JobAcctGatherType=jobacct_gather/cgroup"""
NO_LIMITS: Final = """\
TaskPlugin=task/none
ProctrackType=proctrack/linuxproc
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherParams=OverMemoryKill"""
ACCOUNTING: Final = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={dbd_port}
AccountingStoragePass={home}/munge.sock
AccountingStorageEnforce=associations,limits,qos
AccountingStoreFlags=job_comment"""
NO_ACCOUNTING: Final = "AccountingStorageType=accounting_storage/none"
CGROUP_CONF: Final = """\
CgroupPlugin=cgroup/v1
CgroupMountpoint=/sys/fs/cgroup
ConstrainRAMSpace=yes
ConstrainSwapSpace=yes
"""
DBD_CONF: Final = """\
AuthType=auth/munge
AuthInfo=socket={home}/munge.sock
DbdHost=localhost
DbdPort={dbd_port}
SlurmUser=root
LogFile={home}/slurmdbd.log
PidFile={home}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={sql_port}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
"""
GRANTS: Final = """
create database slurm_acct_db;
create user 'slurm'@'127.0.0.1' identified by 'slurm';
create user 'slurm'@'localhost' identified by 'slurm';
grant all on slurm_acct_db.* to 'slurm'@'127.0.0.1';
grant all on slurm_acct_db.* to 'slurm'@'localhost';
"""


def has_memory_groups() -> bool:
    """Tell whether Slurm 22.05 can limit memory here: control groups, version 1."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    kinds = [line.partition(" - ")[2].split(" ", 2) for line in mounts]
    version1 = {option for kind in kinds for option in kind[2].split(",")}
    is_writable = os.access("/sys/fs/cgroup/memory", os.W_OK)
    return is_writable and {"memory", "cpuset", "freezer"} <= version1


def free_ports(count: int) -> list[int]:
    """Return the first of consecutive ports that nobody listens on, and the rest."""
    for first in range(21000, 30000, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as one:
                    one.bind(("127.0.0.1", port))
        except OSError:
            continue
        return list(range(first, first + count))
    raise AssertionError("no free ports")


class SlurmCluster:
    """slurmctld, a slurmd for each virtual node, and slurmdbd where it is asked for."""

    def __init__(
        self,
        *,
        has_accounting: bool = True,
        nodes: int = 4,
        cores: int = 4,
        min_job_age_s: int = 300,
    ) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="cm-slurm-"))
        self.home.chmod(0o755)
        self.bin = self.home / "bin"
        self.conf = self.home / "slurm.conf"
        self.has_accounting = has_accounting
        self.has_limits = has_memory_groups()
        self.nodes = [f"n{number}" for number in range(1, nodes + 1)]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.host = socket.gethostname().partition(".")[0]
        ctld, dbd, self.sql_port, *node_ports = free_ports(3 + nodes)
        facts = {
            "home": self.home,
            "host": self.host,
            "ctld_port": ctld,
            "dbd_port": dbd,
            "sql_port": self.sql_port,
            "nodes": nodes,
            "cores": cores,
            "node_ports": f"{node_ports[0]}-{node_ports[-1]}",
            "min_job_age": min_job_age_s,
            "limits": LIMITS if self.has_limits else NO_LIMITS,
        }
        accounting = ACCOUNTING if has_accounting else NO_ACCOUNTING
        facts["accounting"] = accounting.format(dbd_port=dbd, home=self.home)
        self.conf.write_text(CONF.format(**facts))
        (self.home / "cgroup.conf").write_text(CGROUP_CONF if self.has_limits else "")
        dbd_conf = self.home / "slurmdbd.conf"
        dbd_conf.write_text(DBD_CONF.format(**facts))
        dbd_conf.chmod(0o600)
        (self.home / "state").mkdir()
        self.bin.mkdir()
        for name in COMMANDS:
            self.install(
                name, f'SLURM_CONF={self.conf} exec {shutil.which(name)} "$@"\n'
            )

    def install(self, name: str, script: str) -> None:
        """Put a command where the scheduler looks for it."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(0o755)

    def start(self) -> "SlurmCluster":
        try:
            self._start_munge()
            if self.has_accounting:
                self._start_database()
            self._spawn("slurmctld", "-D", "-i", "-f", str(self.conf))
            for node in self.nodes:
                self.start_node(node)
            wait_until(self.is_ready, START_S, f"no Slurm: {self.log()}")
        except BaseException:
            self.close()
            raise
        return self

    def _start_munge(self) -> None:
        """Start a munged of our own: no other cluster depends on it."""
        key, sock = self.home / "munge.key", self.home / "munge.sock"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        places = [
            f"--{name}-file={self.home}/munge.{name}" for name in ("pid", "log", "seed")
        ]
        options = [f"--socket={sock}", f"--key-file={key}", *places]
        self._spawn("munged", "--foreground", *options)
        wait_until(
            lambda: self._succeeds("munge", "-n", f"--socket={sock}"),
            START_S,
            f"no munged: {self.log()}",
        )

    def _start_database(self) -> None:
        data, sock = self.home / "sql", self.home / "sql.sock"
        install = ["mariadb-install-db", "--no-defaults", "--user=root"]
        local = ["--skip-test-db", "--auth-root-authentication-method=socket"]
        self._run(*install, f"--datadir={data}", *local)
        self._spawn(
            "mariadbd",
            "--no-defaults",
            "--user=root",
            f"--datadir={data}",
            f"--socket={sock}",
            f"--pid-file={self.home}/sql.pid",
            "--bind-address=127.0.0.1",
            f"--port={self.sql_port}",
            "--innodb-buffer-pool-size=32M",
            "--innodb-log-file-size=8M",
            "--innodb-lock-wait-timeout=900",
            "--innodb-flush-log-at-trx-commit=2",
        )
        client = ("mariadb", "--no-defaults", "-S", str(sock), "-e")
        wait_until(lambda: self._succeeds(*client, "select 1"), START_S, "no mariadbd")
        self._run(*client, GRANTS)
        self._spawn("slurmdbd", "-D")
        add = (str(self.bin / "sacctmgr"), "-i", "add")
        show = (str(self.bin / "sacctmgr"), "-n", "show", "cluster")
        wait_until(lambda: self._succeeds(*show), START_S, f"no slurmdbd: {self.log()}")
        self._run(*add, "cluster", "test")
        self._run(*add, "account", ACCOUNT)
        self._run(*add, "user", "root", f"account={ACCOUNT}")

    def start_node(self, node: str) -> None:
        (self.home / f"spool-{node}").mkdir(exist_ok=True)
        self._spawn("slurmd", "-D", "-N", node, "-f", str(self.conf), key=node)

    def kill_node(self, node: str) -> None:
        """End a slurmd as a power cut would: the controller finds out by itself."""
        self.processes[node].kill()
        self.processes.pop(node).wait()

    def is_ready(self) -> bool:
        for name, process in self.processes.items():
            assert process.poll() is None, f"{name} has ended: {self.log()}"
        idle = self.run("sinfo", "-h", "-N", "-t", "idle", "-p", "main", check=False)
        return len(idle.split()) > 0 and len(idle.splitlines()) == len(self.nodes)

    def run(self, name: str, *words: str, check: bool = True) -> str:
        """Run one of Slurm's commands; return what it prints."""
        return self._run(str(self.bin / name), *words, check=check)

    def _run(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=120
        )
        assert not check or done.returncode == 0, done
        return done.stdout

    def _succeeds(self, *words: str) -> bool:
        done = subprocess.run(words, capture_output=True, check=False, timeout=60)
        return done.returncode == 0

    def _spawn(self, program: str, *words: str, key: str | None = None) -> None:
        with (self.home / f"{key or program}.out").open("ab") as log:
            self.processes[key or program] = subprocess.Popen(
                [program, *words],
                env={**os.environ, "SLURM_CONF": str(self.conf)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self) -> str:
        paths = sorted([*self.home.glob("*.log"), *self.home.glob("*.out")])
        return "\n".join(
            f"== {path.name}\n{path.read_text(errors='replace')[-1000:]}"
            for path in paths
        )

    def cancel_all(self) -> None:
        """End every job, and wait until the nodes are free for the next test."""
        self.run("scancel", "-u", "root", "-Q", check=False)
        wait_until(
            lambda: not self.run("squeue", "-h").strip(),
            START_S,
            f"jobs are left: {self.run('squeue', '-l', check=False)}",
        )

    def close(self) -> None:
        """End everything, in the reverse order; wait for each."""
        self.run("scancel", "-u", "root", "-Q", "-s", "KILL", check=False)
        for name, process in reversed(self.processes.items()):
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if name.startswith("n"):
                self.end_steps(name)
        self.processes.clear()
        shutil.rmtree(self.home, ignore_errors=True)

    def end_steps(self, node: str) -> None:
        """Kill what a slurmd has left: its steps write into its log."""
        log = f"{self.home}/slurmd-{node}.log"
        for entry in Path("/proc").iterdir():
            try:
                if b"slurmstepd" not in (entry / "cmdline").read_bytes():
                    continue
                files = {str(one.readlink()) for one in (entry / "fd").iterdir()}
                if log in files:
                    os.kill(int(entry.name), signal.SIGKILL)
            except OSError:
                continue
