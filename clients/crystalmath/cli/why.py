"""`why`: the reasons for a job's state, with what was seen."""

from crystalmath.cli import quantities
from crystalmath.cli.invocation import Invocation, command, job_argument
from crystalmath.cli.output import Output
from crystalmath.cli.tables import facts
from crystalmath.exits import Exit
from crystalmath_protocol.control import WhyJobResult

LAST_EVIDENCE = 5


@command("why")
@job_argument
def why_command(invocation: Invocation, *, job_id: str) -> Exit:
    """Say why a job waits, runs, or ended as it did."""
    return invocation.tell(
        lambda daemon: daemon.why_job(job_id),
        lambda found: why_text(found, invocation.output),
    )


def why_text(result: WhyJobResult, output: Output) -> str:
    """Return sentences, then the evidence with the times of this place."""
    lines = [f"job {result.job_id}: {output.style(result.state)}", *result.sentences]
    if output.is_silent:
        return "\n".join(lines)
    pairs = []
    if result.doubt:
        pairs.append(("not certain", result.doubt))
    if result.stale_since_ms is not None:
        pairs.append(("not seen since", quantities.moment(result.stale_since_ms)))
    seen = result.evidence if output.is_verbose else result.evidence[-LAST_EVIDENCE:]
    if seen:
        said = [f"{quantities.moment(e.seen_ms)}  {e.source}: {e.text}" for e in seen]
        pairs.append(("evidence", "\n".join(said)))
    if result.asked:
        said = [
            f"{quantities.moment(one.asked_ms)}  {one.whom}: {one.answer}"
            f" → {one.conclusion}"
            for one in result.asked
        ]
        pairs.append(("asked", "\n".join(said)))
    if result.estimated_start_ms is not None:
        pairs.append(("may start", quantities.moment(result.estimated_start_ms)))
    if result.next_look_ms is not None:
        pairs.append(("next look", quantities.moment(result.next_look_ms)))
    return "\n".join([*lines, "", facts(pairs)]) if pairs else "\n".join(lines)
