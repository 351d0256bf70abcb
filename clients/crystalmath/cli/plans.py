"""The plan of a job, in the order in which it is carried out."""

import shlex

from crystalmath.cli.tables import columns, facts
from crystalmath.durations import duration
from crystalmath_protocol.plans import Plan, StagedFile, Step


def plan_text(plan: Plan, *, is_verbose: bool = False) -> str:
    """Return a plan for people; verbose adds where programs were found."""
    parallelism, limits = plan.parallelism, plan.limits
    wall = duration(limits.walltime_s) or "no limit"
    memory = f"{limits.memory_mb} MiB" if limits.memory_mb else "no limit"
    pairs = [
        ("job", f"{plan.name}, code {plan.code}"),
        ("runs on", f"{plan.cluster}, by {plan.scheduler}"),
        ("ranks", f"{parallelism.ranks} ({parallelism.ranks_reason})"),
        ("threads", f"{parallelism.threads} a rank ({parallelism.threads_reason})"),
        ("wall time", f"{wall}; {limits.grace_s} s between SIGTERM and SIGKILL"),
        ("memory", memory),
        ("scratch", f"{plan.scratch} ({plan.scratch_origin})"),
    ]
    pairs += [
        (f"step {number}", _step(step, is_verbose=is_verbose))
        for number, step in enumerate(plan.steps, start=1)
    ]
    parts = [facts(pairs)]
    if plan.environment:
        lines = [f"  {v.name}={v.value}  ({v.origin})" for v in plan.environment]
        parts.append("\n".join(("environment", *lines)))
    parts += _staging("files in", plan.stage_in)
    parts += _staging("files back", plan.stage_out, is_back=True)
    parts += [f"warning: {text}" for text in plan.warnings]
    parts += [f"overridden: {code}" for code in plan.overrides]
    return "\n".join(parts)


def _step(step: Step, *, is_verbose: bool) -> str:
    words = [*step.launcher, step.executable, *step.arguments]
    line = shlex.join(words)
    if step.stdin:
        line += f" < {shlex.quote(step.stdin)}"
    line += f" > {shlex.quote(step.stdout)}"
    line += " 2>&1" if step.stderr == step.stdout else f" 2> {shlex.quote(step.stderr)}"
    lines = [f"{step.program}: {line}"]
    if is_verbose:
        lines.append(f"executable from {step.executable_origin}")
        if step.input_as:
            lines.append(f"reads {step.input_name} as {step.input_as}")
    return "\n".join(lines)


def _staging(
    title: str, files: tuple[StagedFile, ...], *, is_back: bool = False
) -> list[str]:
    if not files:
        return []
    rows = [
        (f"  {file.scratch_name}", f"→ {file.name}", _about(file))
        if is_back
        else (f"  {file.name}", f"→ {file.scratch_name}", _about(file))
        for file in files
    ]
    return [f"{title}\n{columns(('', '', ''), rows)}"]


def _about(file: StagedFile) -> str:
    return file.role if file.is_required else f"{file.role}, if there"
