"""Looking a machine over: the script in real shells, and what it prints."""

import os
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from crystalmathd.codes import CODES
from crystalmathd.models.checks import FAIL, OK, WARN, Check
from crystalmathd.models.clusters import Cluster, ClusterFacts, CodeProfile, Partition
from crystalmathd.models.clusters import QueueOptions as Queue
from crystalmathd.services.survey import (
    Survey,
    SurveyUnreadableError,
    executable_names,
    parse_survey,
    survey_command,
)
from crystalmathd.services.survey_checks import batch_checks, survey_checks

SHELLS = [shell for shell in ("dash", "bash") if shutil.which(shell)]
HOSTILE = ("it's", 'a "b" $(id) `id`', "x;y & z", "*", "äö \\n")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "a home's"
    (home / "bin").mkdir(parents=True)
    return home


@pytest.fixture
def cluster(home: Path) -> Cluster:
    return Cluster(
        name="hpc", transport="ssh", scheduler="auto", path=(str(home / "bin"),)
    )


def install(home: Path, *names: str) -> None:
    for name in names:
        (home / "bin" / name).write_text("#!/bin/sh\n")
        (home / "bin" / name).chmod(0o755)


def done(cluster: Cluster, home: Path, shell: str = "sh") -> tuple[int, bytes, bytes]:
    command = survey_command(cluster)
    ran = subprocess.run(
        [shell, *command.arguments[1:]],
        input=command.stdin,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return ran.returncode, ran.stdout, ran.stderr


def looked(cluster: Cluster, home: Path, shell: str = "sh") -> Survey:
    return parse_survey(cluster, *done(cluster, home, shell))


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_there_is_found(home: Path, cluster: Cluster, shell: str) -> None:
    install(home, "sbatch", "vasp_std", "Pcrystal")
    found = looked(cluster, home, shell)
    assert found.home == str(home)
    assert found.host == os.uname().nodename
    assert found.cores
    assert found.scheduler == "slurm"
    assert found.executables["vasp_std"] == str(home / "bin" / "vasp_std")
    assert found.executables["Pcrystal"] == str(home / "bin" / "Pcrystal")
    assert "crystal" not in found.executables
    assert found.root.path == f"{home}/.crystalmath"
    assert found.root.there == str(home)
    assert found.root.problem is None
    assert found.root.free_mb
    assert [path.name for path in home.iterdir()] == ["bin"]


def test_a_machine_without_a_batch_system_starts_jobs_directly(
    home: Path, cluster: Cluster
) -> None:
    found = looked(replace(cluster, path=()), home)
    is_slurm_here = shutil.which("sbatch", path="/usr/bin:/bin") is not None
    assert found.scheduler == ("slurm" if is_slurm_here else "direct")


@pytest.mark.parametrize("shell", SHELLS)
def test_what_a_user_has_typed_is_never_a_command(
    home: Path, cluster: Cluster, shell: str
) -> None:
    hostile = replace(
        cluster,
        modules=HOSTILE,
        environment={f"A{n}": word for n, word in enumerate(HOSTILE)},
        root=f"{home}/{HOSTILE[1]}",
        scratch_base=f"{home}/{HOSTILE[0]}",
        profiles=tuple(
            CodeProfile(code="vasp", executable=f"/{word}", modules=(word,))
            for word in HOSTILE
        ),
    )
    code, stdout, stderr = done(hostile, home, shell)
    assert stderr == b""
    found = parse_survey(hostile, code, stdout, stderr)
    assert set(found.own.bad_modules) == set(HOSTILE)
    assert found.root.path == f"{home}/{HOSTILE[1]}"
    assert found.scratch.path == f"{home}/{HOSTILE[0]}"
    assert b"uid=" not in stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_set_up_lines_make_programs_appear(
    home: Path, cluster: Cluster, shell: str
) -> None:
    install(home, "pw.x", "ph.x")
    setup = f"PATH={shlex.quote(f'{home}/bin')}:$PATH"
    elsewhere = replace(
        cluster,
        path=(),
        profiles=(
            CodeProfile(code="espresso", setup=(setup,)),
            CodeProfile(code="vasp", executable="~/bin/ph.x"),
        ),
    )
    found = looked(elsewhere, home, shell)
    assert found.profiles[0].executables["pw.x"] == str(home / "bin" / "pw.x")
    assert found.profiles[1].executables == {"~/bin/ph.x": f"{home}/bin/ph.x"}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "line", ["exit 3", "echo 'open", "if then", "echo noise; false"]
)
def test_a_mistake_in_set_up_lines_ends_that_part_only(
    home: Path, cluster: Cluster, shell: str, line: str
) -> None:
    broken = replace(cluster, profiles=(CodeProfile(code="vasp", setup=(line,)),))
    found = looked(broken, home, shell)
    assert found.own.has_run
    assert found.profiles[0].has_run == (line == "echo noise; false")
    problems = {c.id for c in survey_checks(broken, found, facts()) if c.status == FAIL}
    assert ("setup" in problems) == (not found.profiles[0].has_run)


def test_modules_are_loaded_with_the_machines_own_command(
    home: Path, cluster: Cluster
) -> None:
    init = home / "modules" / "init"
    init.mkdir(parents=True)
    (init / "sh").write_text(
        f"module() {{ case $2 in qe/7.2) PATH='{home.parent}/qe':$PATH ;; "
        "quiet) echo 'ERROR: unable to locate' >&2 ;; *) return 1 ;; esac; }\n"
    )
    (home.parent / "qe").mkdir()
    program = home.parent / "qe" / "pw.x"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    profile = CodeProfile(code="espresso", modules=("qe/7.2", "quiet", "gone/1"))
    with_modules = replace(cluster, profiles=(profile,))
    command = survey_command(with_modules)
    ran = subprocess.run(
        command.arguments,
        input=command.stdin,
        env={"PATH": "/bin", "HOME": str(home), "MODULESHOME": str(home / "modules")},
        capture_output=True,
        check=True,
    )
    found = parse_survey(with_modules, 0, ran.stdout, ran.stderr)
    assert found.has_modules
    assert found.profiles[0].executables["pw.x"] == str(program)
    assert found.profiles[0].bad_modules == ("quiet", "gone/1")


def test_noise_of_a_login_is_passed_over(home: Path, cluster: Cluster) -> None:
    code, stdout, stderr = done(cluster, home)
    noise = b"Welcome \xff\xfe to HPC\nhome\t/wrong\n"
    assert parse_survey(cluster, code, noise + stdout, stderr).home == str(home)


@pytest.mark.parametrize("kept", [0, 40, -1])
def test_an_answer_that_is_cut_off_is_none(
    home: Path, cluster: Cluster, kept: int
) -> None:
    _, stdout, _ = done(cluster, home)
    cut = stdout[: stdout.index(b"end\t") if kept < 0 else kept]
    with pytest.raises(SurveyUnreadableError, match="quota"):
        parse_survey(cluster, 0, cut, b"sh: quota exceeded")


def test_every_code_is_looked_for_by_the_names_of_its_programs() -> None:
    names = executable_names(CODES.values())
    assert {"crystal", "Pcrystal", "properties", "pw.x", "vasp_std"} <= set(names)


def facts(**fields: object) -> ClusterFacts:
    plain: dict[str, object] = {
        "checked_ms": 1,
        "home": "/home/anna",
        "host": "login1",
        "user": "anna",
    }
    return ClusterFacts(**{**plain, **fields})  # type: ignore[arg-type]


def by_id(checks: object) -> dict[str, Check]:
    return {check.id: check for check in checks}  # type: ignore[attr-defined]


def test_what_is_missing_is_told_with_what_to_do(home: Path, cluster: Cluster) -> None:
    install(home, "crystal")
    wanted = replace(
        cluster,
        modules=("gcc/12+cuda",),
        root="/proc/nowhere/jobs",
        profiles=(CodeProfile(code="vasp", executable="/opt/vasp_std"),),
    )
    found = by_id(survey_checks(wanted, looked(wanted, home), facts()))
    assert found["code.crystal"].status == OK
    assert found["code.vasp"].status == FAIL
    assert "/opt/vasp_std: not found" in found["code.vasp"].evidence
    assert found["modules"].status == FAIL
    assert "gcc/12+cuda" in found["modules"].evidence
    assert found["root"].status == FAIL
    assert "nothing can be written in /proc: " in found["root"].evidence
    assert all(one.remedy for one in found.values() if one.status != OK)


@pytest.mark.parametrize(
    ("offset_s", "status", "words"),
    [(0.0, OK, "ours"), (-3.0, OK, "3 s behind"), (7200.0, WARN, "7200 s ahead of")],
)
def test_a_clock_that_is_far_off_is_told(
    home: Path, cluster: Cluster, offset_s: float, status: str, words: str
) -> None:
    seen = facts(clock_offset_s=offset_s)
    clock = by_id(survey_checks(cluster, looked(cluster, home), seen))["clock"]
    assert clock.status == status
    assert words in clock.evidence


def test_a_partition_that_is_not_there_is_told_with_those_that_are() -> None:
    there = Partition(
        name="long",
        is_default=True,
        state="up",
        nodes=1,
        cores_per_node=4,
        memory_per_node_mb=1,
        walltime_s=None,
    )
    cluster = Cluster(
        name="hpc",
        transport="ssh",
        scheduler="slurm",
        queue=Queue(partition="gpu-a100"),
    )
    seen = facts(scheduler_version="slurm 22.05.8", partitions=(there,))
    found = by_id(batch_checks(cluster, seen))
    assert found["partition"].status == FAIL
    assert "there are long" in found["partition"].evidence
    assert found["accounting"].status == WARN
    for good in (None, "long", "long,long"):
        cluster = replace(cluster, queue=Queue(partition=good))
        assert "partition" not in by_id(batch_checks(cluster, seen))
