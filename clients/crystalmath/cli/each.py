"""The same with each of several jobs; a mistake with one stops no other."""

from collections.abc import Callable, Iterable

from crystalmath.cli.outcomes import first_bad
from crystalmath.cli.output import Output
from crystalmath.errors import RpcError
from crystalmath.exits import Exit


def with_each(
    output: Output, job_ids: Iterable[str], act: Callable[[str], Exit | None]
) -> Exit:
    """Act on each job, print each refusal, and return the first exit that is not OK.

    What ends the connection ends the round.
    """
    exits = []
    for job_id in job_ids:
        try:
            exits.append(act(job_id) or Exit.OK)
        except RpcError as error:
            output.error(error)
            exits.append(error.exit)
    return first_bad(exits)
