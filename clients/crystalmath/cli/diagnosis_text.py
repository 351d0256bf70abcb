"""A diagnosis for people: the first cause, where it stands, and what helps."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from crystalmath.cli.clone import coloured_diff
from crystalmath.cli.output import Output
from crystalmath_protocol.diagnoses import DiagnoseJobResult, Finding, Remedy

CERTAINTY: Final = {
    "real": "recorded outputs show it",
    "quoted": "quoted from others, not recorded here",
    "unverified": "not verified",
}
EFFECT: Final = {
    "none": "the result stays the same",
    "numerical": "changes the numerics",
    "physics": "changes what is computed",
}
MOST_LINES: Final = 3
"""Lines of evidence that are shown of one finding."""


def diagnosis_text(found: DiagnoseJobResult, output: Output) -> str:
    """Return all that is worth reading; with -v the lesser findings as well."""
    return "\n".join(_lines(found, output))


def _lines(found: DiagnoseJobResult, output: Output) -> Iterator[str]:
    about = f"job {found.job_id}" if found.job_id is not None else found.path
    yield f"{about} ({found.code}: {found.program}): {found.first_cause}"
    fatal = [one for one in found.findings if one.severity == "fatal"]
    others = [one for one in found.findings if one.severity != "fatal"]
    if not found.findings:
        looked = ", ".join(found.looked_at) or "nothing: there is no output here"
        yield f"  looked into {looked}"
    for number, finding in enumerate(fatal):
        is_first = number == 0
        if not is_first:
            yield f"\nalso: {finding.cause}"
        yield from _evidence(finding)
        if is_first or output.is_verbose:
            yield from _finding(found, finding, output)
    for finding in others:
        yield f"\n{output.style(finding.severity, 'warn')}: {finding.cause}"
        yield from _evidence(finding)
        if output.is_verbose or not fatal:
            yield from _finding(found, finding, output)
    yield from _ways(found)


def _evidence(finding: Finding) -> Iterator[str]:
    shown = finding.evidence[:MOST_LINES]
    for line in shown:
        yield f"  {line.file}:{line.line}: {line.text}"
    more = finding.n_lines - len(shown)
    if more > 0:
        yield f"  and {more} more line{'' if more == 1 else 's'} like it"


def _finding(
    found: DiagnoseJobResult, finding: Finding, output: Output
) -> Iterator[str]:
    yield f"  {finding.meaning}"
    certainty = CERTAINTY.get(finding.standing, finding.standing)
    yield f"  {finding.key}: {certainty} ({finding.source})"
    if finding.remedies:
        yield "  what helps:"
    for number, remedy in enumerate(finding.remedies, start=1):
        yield from _remedy(found, number, remedy, output)


def _remedy(
    found: DiagnoseJobResult, number: int, remedy: Remedy, output: Output
) -> Iterator[str]:
    is_change = bool(remedy.edits or remedy.restarts or remedy.removes)
    effect = EFFECT.get(remedy.effect, remedy.effect)
    about = f" ({effect})" if is_change or remedy.effect != "none" else ""
    yield f"  {number}. {remedy.text}{about}"
    for name in remedy.removes:
        yield f"     without {name}"
    if remedy.obstacle is not None:
        yield f"     not by itself: {remedy.obstacle}"
    for line in coloured_diff(remedy.diff, output).splitlines():
        yield f"     {line}"
    command = _command(found, remedy)
    if command is not None:
        yield f"     {shlex.join(command)}"


def _command(found: DiagnoseJobResult, remedy: Remedy) -> Sequence[str] | None:
    """Return the command that carries a remedy out; None if there is none."""
    is_change = bool(remedy.edits or remedy.restarts)
    has_removal = any(edit.value is None for edit in remedy.edits)
    if found.job_id is None or remedy.obstacle or has_removal or not is_change:
        return None
    offered = {one.kind for one in found.restarts if not one.obstacles}
    words = ["crystalmath", "clone", found.job_id]
    if remedy.restarts:
        kind = next((kind for kind in remedy.restarts if kind in offered), None)
        if kind is None:
            return None
        words = ["crystalmath", "restart", found.job_id, "--kind", kind]
    for edit in remedy.edits:
        words += ["--set", f"{edit.input}:{edit.key}={edit.value}"]
    return words


def _ways(found: DiagnoseJobResult) -> Iterator[str]:
    for way in found.restarts:
        if not way.obstacles:
            yield f"\nit can be gone on with: {way.title}"
            yield f"  crystalmath restart {found.job_id} --kind {way.kind}"
