"""What is handed to sbatch, and how its answers are read."""

import re
from dataclasses import replace
from typing import Any

import pytest

from crystalmathd.errors import QueueFieldError
from crystalmathd.models.observations import Alive, NeverStarted, Refused, Unknown
from crystalmathd.runners.schedulers.slurm import Slurm
from crystalmathd.runners.schedulers.slurm_batch import SlurmBatch
from crystalmathd.runners.schedulers.slurm_fields import queue_name
from crystalmathd.runners.schedulers.slurm_refusals import REFUSALS, RETRIES
from tests.unit.runners.answers import SLURM, launch, place


def head(slurm: Slurm | None = None, **changes: Any) -> list[str]:
    """Return the lines of the script up to its first that is no comment."""
    scripts = (slurm or Slurm()).scripts(place(), launch(**changes), {"A": "1"})
    lines = scripts["job.sh"].decode().splitlines()
    first = next(n for n, line in enumerate(lines) if line and line[0] != "#")
    return lines[:first]


def test_everything_that_is_asked_for_stands_in_the_head() -> None:
    queue = {
        "partition": "gpu-a100",
        "account": "p_proj:sub",
        "qos": "high+",
        "constraint": "intel&ib",
        "reservation": "school_2026",
        "nodes": 2,
        "gpus": "a100:2",
        "is_exclusive": True,
        "directives": ["--mail-type=END", "--nice 5", "-w node[1-4]"],
    }
    lines = head(queue=queue, memory_mb=4001, walltime_s=3601)
    assert lines[0] == "#!/bin/sh"
    asked = [line.removeprefix("#SBATCH ") for line in lines if "#SBATCH" in line]
    assert asked == [
        "--partition=gpu-a100",
        "--account=p_proj:sub",
        "--qos=high+",
        "--constraint=intel&ib",
        "--reservation=school_2026",
        "--nodes=2",
        "--ntasks=4",
        "--cpus-per-task=2",
        "--mem=2001M",
        "--gpus=a100:2",
        "--exclusive",
        "--time=61",
        "--mail-type=END",
        "--nice 5",
        "-w node[1-4]",
        "--job-name=x-cm-a",
        "--comment=cm-a",
        "--output=slurm.out",
        "--error=slurm.out",
        "--open-mode=append",
        "--no-requeue",
        "--signal=B:USR1@60",
    ]


def test_nothing_is_asked_for_that_nobody_said() -> None:
    lines = head(walltime_s=None)
    keys = {re.split("[= ]", line)[1] for line in lines if "#SBATCH" in line}
    assert not keys & {"--partition", "--mem", "--time", "--nodes", "--gpus"}
    assert "#SBATCH --signal=B:USR1@60" in lines


@pytest.mark.parametrize(
    ("walltime_s", "margin_s", "wanted"), [(60, 300, 30), (3600, 300, 300), (30, 5, 5)]
)
def test_the_signal_leaves_the_code_its_margin_and_at_most_half_the_time(
    walltime_s: int, margin_s: int, wanted: int
) -> None:
    step = {
        "program": "p",
        "argv": ["p"],
        "input_name": "i",
        "input_as": None,
        "stdin": None,
        "stdout": "o",
        "stderr": "o",
        "good_codes": [0],
        "clean_stop": {"files": [["STOPCAR", "x"]], "margin_s": margin_s},
    }
    lines = head(walltime_s=walltime_s, steps=[step])
    assert f"#SBATCH --signal=B:USR1@{wanted}" in lines


def test_a_script_can_be_shown_before_its_token_is_known() -> None:
    where = replace(place(), directory="<directory>", token="<token>", queue_name="x")  # noqa: S106  # no secret
    scripts = Slurm().scripts(where, launch(token="<token>"), {})  # noqa: S106
    assert b"#SBATCH --job-name=x-<token>" in scripts["job.sh"]


HOSTILE = (
    "main\n#SBATCH --uid=0",
    "main\r",
    "main --uid=0",
    "main #SBATCH",
    "-p",
    "--uid=0",
    "",
    "a\tb",
    "a\0b",
    "a\x1b[31m",
    'a"b',
    "a'b",
    "a\\b",
    "$(id)",
    "`id`",
    "a\u2028b",
)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "field", ["partition", "account", "qos", "constraint", "reservation", "gpus"]
)
def test_a_field_that_is_no_name_is_refused_by_name(field: str, value: str) -> None:
    with pytest.raises(QueueFieldError) as caught:
        head(queue={field: value})
    assert caught.value.facts["field"] == field


@pytest.mark.parametrize(
    "value",
    [
        # One option as it is: sbatch itself decides about --uid.
        *(value for value in HOSTILE if value not in {"--uid=0", "-p"}),
        "mail-type=END",
        "--mail-type=END --uid=0",
        "--mail-type=END\n#SBATCH --uid=0",
        "--job-name=x",
        "--job-n=x",
        "-J x",
        "-Jx",
        "--array=1-9",
        "-a 1-9",
        "--output=x",
        "--requeue",
        "--no-req",
        "--wrap=id",
        "--signal=KILL@9",
        "--export=NONE",
        "--comment=x",
        "-W",
        "--wait",
    ],
)
def test_a_directive_that_is_no_other_option_is_refused(value: str) -> None:
    with pytest.raises(QueueFieldError) as caught:
        head(queue={"directives": [value]})
    assert caught.value.facts["field"] == "directives"


@pytest.mark.parametrize("directory", ["/a%j/b", "/a\\b", "/a\nb"])
def test_a_directory_that_slurm_would_read_as_a_pattern_is_refused(
    directory: str,
) -> None:
    with pytest.raises(QueueFieldError) as caught:
        Slurm().scripts(replace(place(), directory=directory), launch(), {})
    assert caught.value.facts["field"] == "directory"


@pytest.mark.parametrize("module", ["gcc/12+cuda", "intel-oneapi/2023.1", "a:b", "é"])
def test_real_modules_pass(module: str) -> None:
    scripts = Slurm().scripts(place(), launch(modules=[module]), {})
    assert module.encode() in scripts["job.sh"]


@pytest.mark.parametrize("module", ["-gcc", "gcc\nid", "gcc id", "", "a\0"])
def test_what_is_no_module_is_refused(module: str) -> None:
    with pytest.raises(QueueFieldError) as caught:
        Slurm().scripts(place(), launch(modules=[module]), {})
    assert caught.value.facts["field"] == "modules"


@pytest.mark.parametrize("name", ["A B", "1A", "A;id", "", "A=B", "A\n"])
def test_a_variable_that_no_shell_can_have_is_refused(name: str) -> None:
    with pytest.raises(QueueFieldError):
        Slurm().scripts(place(), launch(), {name: "x"})


def test_a_users_template_stands_instead_of_the_head_and_not_of_the_identity() -> None:
    template = (
        "#!/bin/bash -l\n#SBATCH -p {{ queue.partition }}\n#SBATCH -n {{ ranks }}"
    )
    lines = head(Slurm(template=template), queue={"partition": "main"})
    assert lines[:3] == ["#!/bin/bash -l", "#SBATCH -p main", "#SBATCH -n 4"]
    assert "#SBATCH --job-name=x-cm-a" in lines
    assert "#SBATCH --no-requeue" in lines
    assert not any("cpus-per-task" in line for line in lines)


@pytest.mark.parametrize(
    "template",
    [
        "#!/bin/sh\n{{ nothing }}",
        "#!/bin/sh\n{% for %}",
        "#!/bin/sh\nmodule load x",
        "#SBATCH -p x",
        "#!/bin/sh\n#SBATCH -p main --array=1-3",
        "#!/bin/sh\n#SBATCH -Mother",
        "",
        "#!/bin/sh\n# {{ ''.__class__.__mro__ }}",
        "#!/bin/sh\n# {{ 1 // 0 }}",
    ],
)
def test_a_template_that_cannot_be_used_is_refused(template: str) -> None:
    with pytest.raises(QueueFieldError) as caught:
        head(Slurm(template=template))
    assert caught.value.facts["field"] == "template"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("MgO bulk", "MgO_bulk-cm-a"),
        ("a|b\nc", "a_b_c-cm-a"),
        ("-x", "x-cm-a"),
        ("é", "_-cm-a"),
        ("", "cm-a"),
        ("n" * 99, "n" * 40 + "-cm-a"),
    ],
)
def test_the_name_in_the_queue_is_readable_and_ends_with_the_token(
    name: str, wanted: str
) -> None:
    assert queue_name(name, "cm-a") == wanted


@pytest.mark.parametrize("wished", ["", "x", "a b|c", "x-cm-a", "x\ny-cm-a", "-"])
def test_a_job_is_submitted_and_looked_for_under_one_name(wished: str) -> None:
    where = replace(place(), directory="/jobs/1", queue_name=wished)
    scripts = Slurm().scripts(where, launch(), {})
    named = re.search(r"--job-name=(\S+)", scripts["job.sh"].decode())
    assert named is not None
    assert named[1].endswith("cm-a")
    look = Slurm().look_command([where]).stdin.decode()
    assert f"1|cm-a|{named[1]}||/jobs/1\n" in look
    assert named[1] in Slurm().stop_command(where, 1).stdin.decode()


@pytest.mark.parametrize(
    ("stdout", "job"),
    [
        (b"123\n", "123"),
        (b"123;hpc\n", "123;hpc"),
        (b"Welcome to HPC\n2 quotas\n123\n", "123"),
        (b"123\nplugin: done\n", "123"),
        (b"\xff\xfe\n77\n", "77"),
    ],
)
def test_the_number_is_found_among_what_a_site_prints(stdout: bytes, job: str) -> None:
    found = Slurm().parse_launch(place(), 0, stdout, b"")
    assert isinstance(found, Alive)
    assert found.is_pending
    assert found.scheduler_id == job


@pytest.mark.parametrize(
    ("code", "stdout", "stderr"),
    [
        (0, b"", b""),
        (0, b"Submitted batch job\n", b""),
        (0, "\u0661\u0662\n".encode(), b""),
        (75, b"", b""),
        (1, b"", b"sbatch: error: Batch job submission failed: Socket timed out"),
        (1, b"123\n", b"sbatch: error: Unexpected message received"),
        (-9, b"", b""),
        (
            1,
            b"",
            b"Socket timed out, retrying\nsbatch: error: Invalid qos specification",
        ),
    ],
)
def test_every_other_answer_of_sbatch_is_doubt(
    code: int, stdout: bytes, stderr: bytes
) -> None:
    found = Slurm().parse_launch(place(), code, stdout, stderr)
    assert type(found) is Unknown


def refusals() -> list[tuple[str, int, str]]:
    """Return (command, exit code, what it printed) of the recorded refusals."""
    text = (SLURM / "22.05-sbatch-refusals.txt").read_text()
    found = re.findall(r"^\$ (.*)\n((?:.*\n)*?)= (\d+)$", text, re.MULTILINE)
    return [(command, int(code), said) for command, said, code in found]


@pytest.mark.parametrize(("command", "code", "said"), refusals())
def test_recorded_refusals_are_told_in_the_words_of_the_site(
    command: str, code: int, said: str
) -> None:
    found = Slurm().parse_launch(place(), code, b"", said.encode())
    assert isinstance(found, Refused), command
    assert found.is_spent
    assert found.reason
    assert "sbatch: error" not in found.reason


def test_the_submission_knows_the_words_that_the_answer_is_read_by() -> None:
    submit = Slurm().scripts(place(), launch(), {})["submit.sh"].decode()
    for words in (*REFUSALS, *RETRIES):
        assert words.replace("'", "'\"'\"'") in submit


@pytest.mark.parametrize(
    ("code", "stdout", "wanted"),
    [
        (0, b"@@cm claimed\n", NeverStarted),
        (0, b"motd\n@@cm claimed\n", NeverStarted),
        (0, b"@@cm started\n", Unknown),
        (72, b"", Unknown),
        (1, b"@@cm claimed\n", Unknown),
        (0, b"", Unknown),
    ],
)
def test_an_attempt_is_abandoned_only_if_its_guard_is_ours(
    code: int, stdout: bytes, wanted: type
) -> None:
    found = Slurm().parse_abandon(place(), code, stdout, b"")
    assert type(found) is wanted


@pytest.mark.parametrize("job", ["1; id", "", "-u", "x", "1 2", "[1]", "1\n"])
def test_only_a_number_is_cancelled(job: str) -> None:
    with pytest.raises(QueueFieldError):
        SlurmBatch().cancel_command(job)


@pytest.mark.parametrize("job", ["12", "12_3", "12_[1-4,7%2]"])
def test_numbers_of_tasks_are_numbers(job: str) -> None:
    assert b"scancel" in SlurmBatch().cancel_command(job).stdin
