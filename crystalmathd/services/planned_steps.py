"""One program of a plan: where it is, what stands in front of it, what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from crystalmathd.codes.base import Candidate, Code, StepRequest
from crystalmathd.models.plans import Parallelism, Step, Variable
from crystalmathd.models.submissions import Submission
from crystalmathd.services.plan_sites import PlanProfile, PlanSite

NO_LAUNCHER: Final = "Install an MPI, or name its launcher in a profile (README)."


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedStep:
    step: Step
    variables: tuple[Variable, ...]
    warnings: tuple[str, ...]
    profile: PlanProfile


def plan_step(
    code: Code,
    step: StepRequest,
    parallelism: Parallelism,
    asked: Submission,
    site: PlanSite,
    known: Mapping[str, tuple[str, str]],
) -> PlannedStep:
    own = {n: known[n][0] for n in code.environment_names if n in known}
    launch = code.launch(step, parallelism, own, asked.resources.memory_mb)
    profile = site.profile(code.name, step.program)
    if launch.is_fixed:
        profile = replace(profile, executable=None, launcher=None)
    candidates = launch.candidates
    if profile.executable is not None:
        only = Candidate(executable=profile.executable, origin=profile.origin)
        candidates = (only,)
    search_path = known.get("PATH", ("/usr/bin:/bin", ""))[0]
    found = site.find(step.program, candidates, launch.missing_hint, search_path)
    launcher = launch.launcher
    if profile.launcher is not None:
        counts = {
            "ranks": parallelism.ranks,
            "threads": parallelism.threads,
            "nodes": asked.resources.queue.nodes or 1,
        }
        launcher = tuple(word.format_map(counts) for word in profile.launcher)
    if launcher:
        first = Candidate(executable=launcher[0], origin=profile.origin or "PATH")
        first = site.find(launcher[0], (first,), NO_LAUNCHER, search_path)
        launcher = (first.executable, *launcher[1:])
    variables = [
        Variable(name=n, value=known[n][0], origin=known[n][1])
        for n in code.environment_names
        if n in known
    ]
    variables += launch.environment
    variables += [
        Variable(name=name, value=str(value), origin=profile.origin)
        for name, value in profile.environment.items()
    ]
    return PlannedStep(
        step=Step(
            program=step.program,
            input_name=step.input.name,
            input_as=launch.input_as,
            launcher=launcher,
            executable=found.executable,
            executable_origin=found.origin,
            arguments=launch.arguments,
            stdin=launch.stdin,
            stdout=launch.stdout,
            stderr=launch.stderr,
            good_codes=launch.good_codes,
            clean_stop=launch.clean_stop,
        ),
        variables=tuple(variables),
        warnings=launch.warnings,
        profile=profile,
    )
