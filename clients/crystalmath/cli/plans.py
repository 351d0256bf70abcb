"""The plan of a job, in the order in which it is carried out."""

import shlex
from itertools import takewhile

from crystalmath.cli.tables import columns, facts
from crystalmath.durations import duration
from crystalmath_protocol.plans import CleanStop, Plan, StagedFile, Step
from crystalmath_protocol.queues import QueueOptions


def plan_text(plan: Plan, *, is_verbose: bool = False) -> str:
    """Return a plan for people; verbose adds where programs were found."""
    parallelism, limits = plan.parallelism, plan.limits
    without = "no limit" if plan.scheduler == "direct" else "what the queue grants"
    wall = duration(limits.walltime_s) or without
    memory = f"{limits.memory_mb} MiB" if limits.memory_mb else without
    pairs = [
        ("job", f"{plan.name}, code {plan.code}"),
        ("runs on", f"{plan.cluster}, by {plan.scheduler}"),
        ("ranks", f"{parallelism.ranks} ({parallelism.ranks_reason})"),
        ("threads", f"{parallelism.threads} a rank ({parallelism.threads_reason})"),
        ("wall time", f"{wall}; {limits.grace_s} s between SIGTERM and SIGKILL"),
        ("memory", memory),
        ("scratch", f"{plan.scratch} ({plan.scratch_origin})"),
    ]
    asked = queue_text(plan.queue)
    if asked:
        pairs.append(("queue", asked))
    if plan.modules:
        pairs.append(("modules", " ".join(plan.modules)))
    if plan.setup:
        pairs.append(("set-up", "\n".join(plan.setup)))
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
    if plan.script is not None:
        parts.append(_script(plan.script, is_verbose=is_verbose))
    return "\n".join(parts)


def _script(script: str, *, is_verbose: bool) -> str:
    """Return the job script: its head, with what is asked of the queue, or all."""
    lines = script.rstrip("\n").split("\n")
    head = list(takewhile(lambda line: line.startswith("#"), lines))
    if is_verbose or len(head) == len(lines):
        return "\n  ".join(("job script", *lines))
    title = f"job script (its head; -v shows all {len(lines)} lines)"
    return "\n  ".join((title, *head))


def queue_text(queue: QueueOptions) -> str:
    """Return what a batch system is asked for, as its options are called."""
    words = [
        f"{name} {value}"
        for name in ("partition", "account", "qos", "constraint", "reservation")
        if (value := getattr(queue, name)) is not None
    ]
    words += [f"{queue.nodes} nodes"] if queue.nodes else []
    words += [f"gpus {queue.gpus}"] if queue.gpus else []
    words += ["whole nodes"] if queue.is_exclusive else []
    words += ["run again after a node has failed"] if queue.is_requeued else []
    return ", ".join([*words, *queue.directives])


def _step(step: Step, *, is_verbose: bool) -> str:
    words = [*step.launcher, step.executable, *step.arguments]
    if not is_verbose:
        # A script of many lines is a word too: its first one stands for it.
        words = [_first_line(word) for word in words]
    line = shlex.join(words)
    if step.stdin:
        line += f" < {shlex.quote(step.stdin)}"
    line += f" > {shlex.quote(step.stdout)}"
    line += " 2>&1" if step.stderr == step.stdout else f" 2> {shlex.quote(step.stderr)}"
    lines = [f"{step.program}: {line}"]
    if step.clean_stop is not None:
        lines.append(_clean_stop(step.clean_stop))
    if is_verbose:
        lines.append(f"executable from {step.executable_origin}")
        if step.input_as:
            lines.append(f"reads {step.input_name} as {step.input_as}")
    return "\n".join(lines)


def _first_line(word: str) -> str:
    first, line_end, _ = word.partition("\n")
    return f"{first} …" if line_end else word


def _clean_stop(stop: CleanStop) -> str:
    files = " and ".join(name for name, _ in stop.files)
    how = f"by {files}" if files else "by SIGTERM"
    return f"asked to end {stop.margin_s} s before the wall time, {how}"


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
