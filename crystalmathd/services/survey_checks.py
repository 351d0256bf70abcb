"""What a look-over means for the jobs of a cluster: checks with remedies."""

from collections.abc import Iterator
from typing import Final

from crystalmathd.codes import CODES
from crystalmathd.models.checks import FAIL, OK, WARN, Check
from crystalmathd.models.clusters import Cluster, ClusterFacts
from crystalmathd.services.survey import Found, Place, Survey, executable_names

LITTLE_SPACE_MB: Final = 1024
CLOCK_OFF_S: Final = 60.0
"""Times of the batch system are compared with ours only up to so much."""


def reached(cluster: Cluster, facts: ClusterFacts) -> Check:
    evidence = f"{facts.user} on {facts.host}, home {facts.home}"
    return Check(id=cluster.transport, status=OK, evidence=evidence)


def not_reached(cluster: Cluster, reason: str, remedy: str) -> Check:
    return Check(id=cluster.transport, status=FAIL, evidence=reason, remedy=remedy)


def survey_checks(
    cluster: Cluster, survey: Survey, facts: ClusterFacts
) -> Iterator[Check]:
    """Yield what was seen of the machine itself, apart from its batch system."""
    yield _place("root", survey.root, _command(cluster, "--root DIRECTORY"))
    yield from _executables(cluster, survey)
    yield from _modules(cluster, survey)
    other = _command(cluster, "--scratch DIRECTORY")
    yield _place("scratch", survey.scratch, other)
    yield _space("space.root", survey.root)
    if survey.scratch.there != survey.root.there:
        yield _space("space.scratch", survey.scratch)
    yield clock_check("clock", facts.clock_offset_s)


def batch_checks(cluster: Cluster, facts: ClusterFacts) -> Iterator[Check]:
    """Yield what the batch system has said of itself."""
    names = [one.name for one in facts.partitions]
    listed = ", ".join(names) or "none"
    evidence = f"{cluster.scheduler} {facts.scheduler_version}; partitions: {listed}"
    yield Check(id="scheduler", status=OK, evidence=evidence)
    wanted = cluster.queue.partition
    if wanted is not None and not set(wanted.split(",")) <= set(names):
        yield Check(
            id="partition",
            status=FAIL,
            evidence=f"there is no partition {wanted}; there are {listed}",
            remedy=_command(cluster, "--partition NAME"),
        )
    yield _accounting(facts)


def no_batch(cluster: Cluster, reason: str) -> Check:
    remedy = (
        "where it is in a directory of its own: "
        + _command(cluster, "--path DIRECTORY")
        + "; without a batch system: "
        + _command(cluster, "--scheduler direct")
    )
    return Check(id="scheduler", status=FAIL, evidence=reason, remedy=remedy)


def direct(cluster: Cluster, facts: ClusterFacts) -> Check:
    cores = f"{facts.cores} cores" if facts.cores else "an unknown number of cores"
    limit = f", at most {cluster.max_cores} for jobs" if cluster.max_cores else ""
    evidence = f"direct: no batch system, {cores}{limit}"
    return Check(id="scheduler", status=OK, evidence=evidence)


def _accounting(facts: ClusterFacts) -> Check:
    age = facts.min_job_age_s
    kept = "" if age is None else f"; the queue shows ended jobs for {age} s"
    if facts.has_accounting:
        return Check(id="accounting", status=OK, evidence=f"sacct answers{kept}")
    return Check(
        id="accounting",
        status=WARN,
        evidence=f"sacct does not answer{kept}",
        remedy="nothing has to be done: ends are told by the jobs' own records",
    )


def _executables(cluster: Cluster, survey: Survey) -> Iterator[Check]:
    """Yield for each code which of its programs can be started."""
    found = survey.executables
    for code in CODES.values():
        profiles = {
            number: profile
            for number, profile in enumerate(cluster.profiles)
            if profile.code == code.name
        }
        names = [*executable_names([code])]
        names += [one.executable for one in profiles.values() if one.executable]
        there = [name for name in names if name in found]
        named = [
            one.executable
            for one in profiles.values()
            if one.executable and one.executable not in found
        ]
        if named:
            yield Check(
                id=f"code.{code.name}",
                status=FAIL,
                evidence=f"{', '.join(named)}: not found",
                remedy=f"{_command(cluster, '--profile …')} names the executable",
            )
        elif there:
            evidence = ", ".join(found[name] for name in there)
            yield Check(id=f"code.{code.name}", status=OK, evidence=evidence)
        elif names:
            yield Check(
                id=f"code.{code.name}",
                status=WARN,
                evidence="none of its programs is found",
                remedy="a profile names modules or the executable: "
                + _command(cluster, f"--profile {code.name}:modules=…"),
            )


def _modules(cluster: Cluster, survey: Survey) -> Iterator[Check]:
    asked = [*cluster.modules, *(m for one in cluster.profiles for m in one.modules)]
    groups: list[tuple[str, Found]] = [("the cluster", survey.own)]
    groups += [
        (f"the profile {profile.code}:{profile.program}", found)
        for profile, found in zip(cluster.profiles, survey.profiles, strict=True)
    ]
    for owner, found in groups:
        if not found.has_run:
            yield Check(
                id="setup",
                status=FAIL,
                evidence=f"the set-up lines of {owner} end the shell",
                remedy="correct them: they must not exit",
            )
    bad = list(dict.fromkeys(m for _, found in groups for m in found.bad_modules))
    if bad:
        there = "" if survey.has_modules else "there is no command module; "
        yield Check(
            id="modules",
            status=FAIL,
            evidence=f"{there}cannot be loaded: {', '.join(bad)}",
            remedy="`module avail` there lists what can be",
        )
    elif asked:
        evidence = f"can be loaded: {', '.join(dict.fromkeys(asked))}"
        yield Check(id="modules", status=OK, evidence=evidence)
    else:
        evidence = "`module` is there" if survey.has_modules else "no command module"
        yield Check(id="modules", status=OK, evidence=f"{evidence}; none is asked for")


def _place(name: str, place: Place, remedy: str) -> Check:
    if place.problem is None:
        above = "" if place.there == place.path else f" (made in {place.there})"
        return Check(id=name, status=OK, evidence=f"{place.path}{above}")
    return Check(
        id=name,
        status=FAIL,
        evidence=f"nothing can be written in {place.there}: {place.problem}",
        remedy=f"make it writable, or {remedy}",
    )


def _space(name: str, place: Place) -> Check:
    if place.free_mb is None:
        evidence = f"`df` says nothing of {place.there}"
        return Check(id=name, status=WARN, evidence=evidence)
    return space_check(name, place.there, place.free_mb)


def space_check(name: str, there: str, free_mb: int) -> Check:
    is_enough = free_mb >= LITTLE_SPACE_MB
    return Check(
        id=name,
        status=OK if is_enough else WARN,
        evidence=f"{free_mb / LITTLE_SPACE_MB:.1f} GiB free in {there}",
        remedy="" if is_enough else f"make room in {there}",
    )


def clock_check(name: str, offset_s: float) -> Check:
    """Say by how much the clock of a machine is off."""
    is_right = abs(offset_s) < CLOCK_OFF_S
    return Check(
        id=name,
        status=OK if is_right else WARN,
        evidence=f"its clock is {abs(offset_s):.0f} s "
        + ("ahead of" if offset_s > 0 else "behind")
        + " ours"
        if offset_s
        else "its clock is ours",
        remedy="" if is_right else "one of the two is wrong; times are translated",
    )


def _command(cluster: Cluster, option: str) -> str:
    return f"`crystalmath clusters set {cluster.name} {option}`"
