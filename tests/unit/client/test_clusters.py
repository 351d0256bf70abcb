"""`clusters` and what a login needs: `trust` and `secret`."""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from crystalmath.exits import Exit
from crystalmath_protocol import clusters, hosts
from crystalmath_protocol.errors import ErrorCode
from crystalmath_protocol.queues import QueueAsked
from crystalmath_protocol.system import Check
from tests.unit.client.cluster_messages import (
    BUDGET,
    CLUSTER,
    SUMMARY,
    cluster,
)
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon, Refusal
from tests.unit.client.messages import changed
from tests.unit.client.test_completion import completed

FINGERPRINT = "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8"
OTHER = "SHA256:p2QAMXNIC1TJYWeIOttrVc98/R1BUFWu3/LiyKgUfQM"
KEY = hosts.HostKey(
    place="[login.hpc]:2222",
    algorithm="ssh-ed25519",
    fingerprint=FINGERPRINT,
    is_known=False,
)


def listed(*found: clusters.ClusterSummary) -> Any:
    return lambda _: clusters.FetchClustersResult(clusters=found)


def looked_over(*checks: Check) -> Any:
    return lambda _: clusters.TestClusterConnectionResult(
        cluster="hpc", checks=checks, facts=None
    )


GOOD = Check(id="ssh", status="ok", evidence="anna on login1", remedy="")
BAD = Check(id="modules", status="fail", evidence="qe/7.2", remedy="see `module avail`")


# --- the list and one of them -------------------------------------------------------


def test_every_cluster_is_a_line_with_its_jobs_that_have_not_ended(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    away = changed(BUDGET, state="open", reason="no route to host")
    fake.answers["fetch_clusters"] = listed(
        SUMMARY,
        changed(SUMMARY, name="old", budget=away, jobs_by_state={}, checked_ms=None),
        changed(SUMMARY, name="off", is_paused=True, budget=away),
    )
    said = crystalmath("clusters")
    assert said.code == 0
    head, hpc, old, off = said.out.splitlines()
    assert head.split() == [
        "NAME",
        "HOST",
        "SCHEDULER",
        "STATE",
        "JOBS",
        "LOOKED",
        "OVER",
    ]
    assert "answers" in hpc
    assert "2 running, 1 pending" in hpc
    assert "completed" not in hpc
    assert "does not answer (no route to host)" in old
    assert "never" in old
    assert "paused" in off
    assert "route" not in off


def test_a_state_that_is_new_to_the_client_is_printed_as_it_is(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    budget = changed(BUDGET, state="dreaming")
    fake.answers["fetch_clusters"] = listed(changed(SUMMARY, budget=budget))
    assert "dreaming" in crystalmath("clusters").out


def test_all_that_is_known_of_a_cluster_is_shown(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["get_cluster"] = cluster
    said = crystalmath("clusters", "show", "hpc")
    for words in (
        *("hpc, slurm by ssh", "login.hpc", "2222", "gate,anna@inner:22"),
        *("partition gpu-a100, 2 nodes, --mail-type=END", "gcc/12+cuda"),
        *("launcher srun -n '{ranks}'", "modules qe/7.2", "20 jobs in the queue"),
        *("of your own, 2 lines", "22.05.8, without accounting", "gpu-a100*"),
        *("256 GiB", "every 30s, up to 5m00s", "1 logins, 12 commands", "pw.x"),
    ):
        assert words in said.out, words
    assert "/opt/qe/pw.x" not in said.out
    assert "/opt/qe/pw.x" in crystalmath("clusters", "show", "hpc", "-v").out


def test_a_cluster_that_was_never_reached_names_the_command_that_does(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    bare = changed(CLUSTER, facts=None)
    fake.answers["get_cluster"] = lambda _: clusters.ClusterResult(cluster=bare)
    assert "crystalmath clusters test hpc" in crystalmath("clusters", "show", "hpc").out


# --- adding and changing ------------------------------------------------------------


def test_a_name_is_enough(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers |= {
        "create_cluster": cluster,
        "test_cluster_connection": looked_over(GOOD),
    }
    said = crystalmath("clusters", "add", "hpc")
    assert said.code == 0
    assert "anna on login1" in said.out
    assert fake.asked("create_cluster") == [clusters.CreateClusterParams(cluster="hpc")]


def test_everything_that_can_be_said_is_sent(
    fake: FakeDaemon, crystalmath: Command, tmp_path: Path
) -> None:
    fake.answers["create_cluster"] = cluster
    (tmp_path / "head.j2").write_text("#!/bin/sh\n")
    said = crystalmath(
        *("clusters", "add", "hpc", "--no-test", "--host", "login2", "--user", "anna"),
        *("--port", "2222", "--identity", "key", "--jump", "gate"),
        *("--scheduler", "slurm", "--root", "~/cm", "--scratch", "/scratch/anna"),
        *("--path", "/opt/slurm/bin", "--module", "gcc/12+cuda", "--module", "mpi"),
        *("--setup", "ulimit -s unlimited", "--env", "A=b=c"),
        *("--partition", "gpu-a100", "--constraint", "intel&ib", "--gpus", "a100:2"),
        *("--nodes", "2", "--exclusive", "--no-requeue"),
        "--directive=--mail-type=END",
        *("--profile", "espresso:modules=gcc/12,qe/7.2"),
        *("--profile", "espresso:launcher=srun -n '{ranks}'"),
        *("--profile", "vasp/vasp_std:executable=/opt/vasp_std"),
        *("--profile", "vasp/vasp_std:env.X=1"),
        *("--profile", "vasp/vasp_std:setup=ulimit -c 0"),
        *("--template", "head.j2", "--max-jobs", "20", "--max-cores", "8"),
        *("--poll", "1m", "--max-poll", "10m", "--fetch-limit", "1G"),
    )
    assert (said.code, said.out) == (0, "hpc is added.\n")
    [asked] = fake.asked("create_cluster")
    assert asked == clusters.CreateClusterParams(
        cluster="hpc",
        host="login2",
        user="anna",
        port=2222,
        identity_file=str(tmp_path / "key"),
        proxy_jump="gate",
        scheduler="slurm",
        root="~/cm",
        scratch_base="/scratch/anna",
        path=("/opt/slurm/bin",),
        modules=("gcc/12+cuda", "mpi"),
        setup=("ulimit -s unlimited",),
        environment={"A": "b=c"},
        queue=QueueAsked(
            partition="gpu-a100",
            constraint="intel&ib",
            gpus="a100:2",
            nodes=2,
            is_exclusive=True,
            is_requeued=False,
            directives=("--mail-type=END",),
        ),
        profiles=(
            clusters.ProfileAsked(
                code="espresso",
                modules=("gcc/12", "qe/7.2"),
                launcher=("srun", "-n", "{ranks}"),
            ),
            clusters.ProfileAsked(
                code="vasp",
                program="vasp_std",
                executable="/opt/vasp_std",
                setup=("ulimit -c 0",),
                environment={"X": "1"},
            ),
        ),
        template="#!/bin/sh\n",
        max_jobs=20,
        max_cores=8,
        poll_interval_s=60,
        max_poll_interval_s=600,
        fetch_limit_mb=1024,
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "-x"], "No such option"),
        (["add", "a b"], "'a b' is not the name of a cluster"),
        (["set", "hpc"], "Nothing is to be changed"),
        (["set", "hpc", "--partition", "a b"], "not one word"),
        (["set", "hpc", "--partition", "a\nb"], "not one word"),
        (["set", "hpc", "--partition=#SBATCH"], "begins with - or #"),
        (["set", "hpc", "--directive", "x"], "is not an option such as"),
        (["set", "hpc", "--directive=--a\n--b"], "is not an option such as"),
        (["set", "hpc", "--profile", "espresso"], "is not CODE[/PROGRAM]:KEY=VALUE"),
        (["set", "hpc", "--profile", "vasp:color=red"], "KEY is modules, setup"),
        (["set", "hpc", "--env", "1=2"], "is not NAME=VALUE"),
        (["set", "hpc", "--port", "0"], "from 1 to 65535"),
        (["set", "hpc", "--template", "nowhere.j2"], "does not exist"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    fake: FakeDaemon, crystalmath: Command, words: list[str], sentence: str
) -> None:
    said = crystalmath("clusters", *words)
    assert (said.code, said.out) == (Exit.USAGE, "")
    assert sentence in " ".join(said.err.split())
    assert fake.calls == []


def test_a_change_is_sent_with_what_is_cleared(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["update_cluster"] = cluster
    said = crystalmath(
        *("clusters", "set", "hpc", "--account", "mat42"),
        *("--clear", "template", "--clear", "queue.qos"),
    )
    assert said.code == 0
    assert fake.asked("update_cluster") == [
        clusters.UpdateClusterParams(
            cluster="hpc",
            queue=QueueAsked(account="mat42"),
            clear=("template", "queue.qos"),
        )
    ]


def test_a_cluster_that_is_not_there_is_not_found(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    def missing(_: Any) -> Any:
        raise Refusal(ErrorCode.CLUSTER_NOT_FOUND, "There is no cluster hpc.")

    fake.answers["get_cluster"] = missing
    assert crystalmath("clusters", "show", "hpc").code == Exit.NOT_FOUND


# --- testing, pausing, forgetting ---------------------------------------------------


def test_a_check_that_fails_is_an_error_with_its_remedy(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["test_cluster_connection"] = looked_over(GOOD, BAD)
    said = crystalmath("clusters", "test", "hpc")
    assert said.code == Exit.ERROR
    assert said.out.splitlines()[1].split() == ["fail", "modules", "qe/7.2"]
    assert "modules: see `module avail`" in said.err
    said = crystalmath("clusters", "test", "hpc", "--json")
    assert msgspec.json.decode(said.out)["checks"][1]["id"] == "modules"
    assert said.code == Exit.ERROR


def test_a_cluster_is_paused_and_goes_on(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers |= {"pause_cluster": cluster, "resume_cluster": cluster}
    assert "clusters resume hpc" in crystalmath("clusters", "pause", "hpc").out
    assert crystalmath("clusters", "resume", "hpc").out == "hpc takes jobs.\n"


def test_a_cluster_is_forgotten(fake: FakeDaemon, crystalmath: Command) -> None:
    fake.answers["delete_cluster"] = lambda _: clusters.DeleteClusterResult(
        cluster="hpc", n_jobs=40
    )
    said = crystalmath("clusters", "remove", "hpc")
    assert said.out == "hpc is forgotten.\n"
    assert "40 ended jobs keep its name" in said.err


def test_names_of_clusters_are_completed(fake: FakeDaemon) -> None:
    fake.answers["fetch_clusters"] = listed(SUMMARY, changed(SUMMARY, name="local"))
    assert completed("clusters", "show", "h") == ["hpc"]
    assert completed("submit", "--cluster", "") == ["hpc", "local"]
    assert completed("jobs", "-c", "l") == ["local"]
    assert completed("queue", "h") == ["hpc"]


# --- keys ---------------------------------------------------------------------------


def shown(*keys: hosts.HostKey) -> Any:
    def answer(params: hosts.TrustHostKeyParams) -> hosts.TrustHostKeyResult:
        found = [k for k in keys if params.fingerprint in (None, k.fingerprint)]
        if params.fingerprint is not None:
            found = [changed(key, is_known=True) for key in found]
        return hosts.TrustHostKeyResult(cluster="hpc", keys=tuple(found))

    return answer


def test_a_script_accepts_the_key_that_it_knows(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["trust_host_key"] = shown(KEY)
    said = crystalmath("clusters", "trust", "hpc", "--fingerprint", FINGERPRINT)
    assert said.out == "The key of [login.hpc]:2222 is known from now on.\n"
    assert [one.fingerprint for one in fake.asked("trust_host_key")] == [FINGERPRINT]


def test_nothing_is_accepted_where_nobody_can_be_asked(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["trust_host_key"] = shown(KEY)
    said = crystalmath("clusters", "trust", "hpc")
    assert said.code == Exit.ERROR
    assert FINGERPRINT in said.out
    assert f"--fingerprint {FINGERPRINT}" in said.err
    assert [one.fingerprint for one in fake.asked("trust_host_key")] == [None]


def test_a_key_that_is_known_needs_no_answer(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["trust_host_key"] = shown(changed(KEY, is_known=True))
    said = crystalmath("clusters", "trust", "hpc")
    assert said.code == 0
    assert said.out.rstrip().endswith("known")


@pytest.mark.parametrize(
    ("answers", "accepted"),
    [("y\ny\n", [FINGERPRINT, OTHER]), ("y\nn\n", [FINGERPRINT]), ("\n", [])],
)
def test_each_key_on_the_way_is_asked_for(
    fake: FakeDaemon,
    crystalmath: Command,
    monkeypatch: pytest.MonkeyPatch,
    answers: str,
    accepted: list[str],
) -> None:
    fake.answers["trust_host_key"] = shown(KEY, changed(KEY, fingerprint=OTHER))
    at_a_terminal(monkeypatch, answers)
    said = crystalmath("clusters", "trust", "hpc")
    assert said.code == (Exit.OK if len(accepted) == 2 else Exit.ERROR)
    asked = [one.fingerprint for one in fake.asked("trust_host_key")]
    assert asked == [None, *accepted]


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, answers: str) -> None:
    typed = io.StringIO(answers)
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", typed)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)


# --- secrets ------------------------------------------------------------------------


def kept(where: str, note: str | None = None) -> Any:
    return lambda params: hosts.StoreSecretResult(
        cluster="hpc", kind=params.kind, kept_in=where, note=note
    )


@pytest.mark.parametrize(
    ("words", "kind", "keep"),
    [
        ([], "password", True),
        (["--passphrase"], "passphrase", True),
        (["--memory"], "password", False),
    ],
)
def test_a_secret_is_a_line_of_the_input(
    fake: FakeDaemon,
    crystalmath: Command,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    kind: str,
    keep: bool,  # noqa: FBT001
) -> None:
    fake.answers["store_secret"] = kept("keyring")
    monkeypatch.setattr(sys, "stdin", io.StringIO("canary 17\nmore\n"))
    said = crystalmath("clusters", "secret", "hpc", *words)
    assert said.code == 0
    assert said.out == f"The {kind} of hpc is kept in the system keyring.\n"
    assert "canary" not in said.out + said.err
    [asked] = fake.asked("store_secret")
    assert (asked.secret, asked.kind, asked.keep) == ("canary 17", kind, keep)


def test_a_secret_that_is_only_in_memory_says_so(
    fake: FakeDaemon, crystalmath: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers["store_secret"] = kept("memory", "there is no keyring.")
    monkeypatch.setattr(sys, "stdin", io.StringIO("canary\n"))
    said = crystalmath("clusters", "secret", "hpc")
    assert said.out == (
        "The password of hpc is kept in the memory of the daemon, until it ends "
        "(there is no keyring).\n"
    )


def test_a_secret_that_is_typed_is_not_seen(fake: FakeDaemon) -> None:
    fake.answers["store_secret"] = kept("memory")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "crystalmath", "clusters", "secret", "hpc"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,  # with no terminal of its own but this one
    )
    os.close(theirs)
    said = b""
    while b"password of hpc: " not in said:
        said += read(ours)
    os.write(ours, b"canary\n")
    while part := read(ours):
        said += part
    os.close(ours)
    assert process.wait(10) == 0
    assert b"is kept in the memory" in said
    assert b"canary" not in said
    assert [one.secret for one in fake.asked("store_secret")] == ["canary"]


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1000)
    except OSError:  # the other side is closed
        return b""


def test_an_empty_secret_is_none(
    fake: FakeDaemon, crystalmath: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    said = crystalmath("clusters", "secret", "hpc")
    assert said.code == Exit.USAGE
    assert "nothing was stored" in said.err
    assert fake.calls == []


@pytest.mark.parametrize("was_kept", [True, False])
def test_a_secret_is_forgotten(
    fake: FakeDaemon,
    crystalmath: Command,
    was_kept: bool,  # noqa: FBT001
) -> None:
    fake.answers["forget_secret"] = lambda params: hosts.ForgetSecretResult(
        cluster="hpc", kind=params.kind, was_kept=was_kept
    )
    said = crystalmath("clusters", "secret", "hpc", "--passphrase", "--forget")
    assert said.code == 0
    sentence = "The passphrase of hpc is forgotten."
    assert said.out == (f"{sentence}\n" if was_kept else "")
