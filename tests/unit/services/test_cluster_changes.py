"""What may be said of a cluster, and what follows from it."""

from typing import Any

import pytest

from crystalmathd.errors import (
    ClusterRefusedError,
    CodeUnknownError,
    ProgramUnknownError,
)
from crystalmathd.models.clusters import Cluster, CodeProfile, QueueOptions
from crystalmathd.services.cluster_changes import (
    Changes,
    check_cluster,
    cleared,
    refuse_for_own,
    with_changes,
)

PLAIN = Cluster(name="hpc", transport="ssh", scheduler="auto", host="hpc")
FULL = with_changes(
    PLAIN,
    Changes(
        host="login2",
        scheduler="slurm",
        queue=QueueOptions(partition="gpu-a100", account="mat42"),
        environment={"A": "1", "B": "2"},
        profiles=(
            CodeProfile(code="espresso", modules=("qe/7.2",)),
            CodeProfile(code="espresso", program="ph.x", executable="/opt/ph.x"),
            CodeProfile(code="vasp", launcher=("srun", "-n", "{ranks}")),
        ),
        template="#!/bin/sh\n{{ options }}\n",
        max_jobs=20,
    ),
)


def test_what_is_not_named_stays() -> None:
    changes = Changes(
        queue=QueueOptions(constraint="intel&ib", is_requeued=False),
        environment={"B": "3"},
        profiles=(CodeProfile(code="vasp", modules=("vasp/6",)),),
    )
    after = with_changes(FULL, changes)
    assert after.queue == QueueOptions(
        partition="gpu-a100", account="mat42", constraint="intel&ib", is_requeued=False
    )
    assert after.environment == {"A": "1", "B": "3"}
    assert [(one.code, one.program) for one in after.profiles] == [
        ("espresso", "*"),
        ("espresso", "ph.x"),
        ("vasp", "*"),
    ]
    assert after.profiles[2] == CodeProfile(code="vasp", modules=("vasp/6",))
    assert (after.host, after.max_jobs) == ("login2", 20)
    assert with_changes(FULL, Changes()) == FULL


@pytest.mark.parametrize(
    ("word", "field", "value"),
    [
        ("template", "template", None),
        ("host", "host", "hpc"),
        ("scheduler", "scheduler", "auto"),
        ("max_jobs", "max_jobs", None),
        ("queue", "queue", QueueOptions()),
        ("queue.account", "queue", QueueOptions(partition="gpu-a100")),
        ("environment", "environment", {}),
        ("environment.A", "environment", {"B": "2"}),
        ("profiles", "profiles", ()),
        ("profiles.espresso.ph.x", "profiles", (FULL.profiles[0], FULL.profiles[2])),
        ("profiles.espresso", "profiles", FULL.profiles[2:]),
    ],
)
def test_a_field_is_cleared_as_if_it_had_never_been_given(
    word: str, field: str, value: Any
) -> None:
    after = cleared(FULL, (word,))
    assert getattr(after, field) == value
    assert after != FULL


@pytest.mark.parametrize(
    "word",
    [
        *("name", "transport", "is_paused", "nonsense", "queue.nonsense"),
        *("environment.C", "profiles.crystal", "profiles.vasp.vasp_std", "host.x"),
    ],
)
def test_what_is_not_there_cannot_be_cleared(word: str) -> None:
    with pytest.raises(ClusterRefusedError, match=word):
        cleared(FULL, (word,))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (Changes(transport="telnet"), "no transport telnet; there are local, ssh"),
        (Changes(scheduler="pbs"), "no scheduler pbs"),
        (Changes(transport="local"), "host is of ssh"),
        (Changes(poll_interval_s=301), r"max_poll_interval_s \(300\) is below"),
        (Changes(template="a\n{% if %}"), "line 2 of the template"),
    ],
)
def test_a_cluster_that_makes_no_sense_is_refused(
    changes: Changes, reason: str
) -> None:
    with pytest.raises(ClusterRefusedError, match=reason):
        check_cluster(with_changes(PLAIN, changes))


@pytest.mark.parametrize("word", ["{cores}", "{ranks", "{0}", "{ranks.x}", "}"])
def test_a_launcher_knows_ranks_threads_and_nodes_only(word: str) -> None:
    profile = CodeProfile(code="vasp", launcher=("srun", word))
    with pytest.raises(ClusterRefusedError, match="launcher of vasp"):
        check_cluster(with_changes(PLAIN, Changes(profiles=(profile,))))


def test_a_profile_is_for_a_program_that_there_is() -> None:
    for code, program, error in (
        ("gaussian", "*", CodeUnknownError),
        ("espresso", "vasp_std", ProgramUnknownError),
    ):
        profile = CodeProfile(code=code, program=program)
        with pytest.raises(error):
            check_cluster(with_changes(PLAIN, Changes(profiles=(profile,))))


def test_a_cluster_that_makes_sense_is_taken() -> None:
    check_cluster(PLAIN)
    check_cluster(FULL)


@pytest.mark.parametrize(
    ("changes", "clear"),
    [
        (Changes(port=22), ()),
        (Changes(max_cores=3), ()),
        (Changes(queue=QueueOptions(partition="x")), ()),
        (Changes(), ("queue.partition",)),
        (Changes(), ("template",)),
    ],
)
def test_what_the_settings_say_is_not_said_of_this_machine_again(
    changes: Changes, clear: tuple[str, ...]
) -> None:
    with pytest.raises(ClusterRefusedError, match="this machine"):
        refuse_for_own(changes, clear)


def test_modules_and_profiles_can_be_said_of_this_machine() -> None:
    refuse_for_own(Changes(modules=("gcc/12",), profiles=()), ("setup",))
