"""`submit` and `explain`: the same words, carried out or only planned."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from crystalmath.cli.afterwards import Afterwards, go_on, waiting_options
from crystalmath.cli.inputs import (
    find_input,
    parse_auxiliary,
    parse_source,
    parse_step,
    parse_sweep,
    split_ranks,
)
from crystalmath.cli.invocation import (
    Function,
    Invocation,
    cluster_option,
    command,
    parsed,
)
from crystalmath.cli.output import Output
from crystalmath.cli.resources import queue_options, resource_options, resources_asked
from crystalmath.cli.tables import columns
from crystalmath.cli.values import CODES, completing
from crystalmath.companions import auxiliary_files
from crystalmath.environment import environment_values
from crystalmath.exits import Exit
from crystalmath.submission import Asked, absolute
from crystalmath_protocol.submissions import Input, SubmitJobResult

LOCAL = "local"


def submission_options(function: Function) -> Function:
    """Add what `submit` and `explain` take."""
    options = (
        click.argument("inputs", nargs=-1, required=True, metavar="INPUT..."),
        click.option(
            "--code",
            shell_complete=completing(CODES),
            help="pyscf, espresso, crystal …; else by the input.",
        ),
        click.option("--name", help="The job's name; else that of the input."),
        click.option("--project"),
        click.option("-t", "--tag", "tags", multiple=True, help="May be repeated."),
        cluster_option("Where it runs; local if left out.", LOCAL),
        resource_options,
        click.option("--program", help="The program that reads INPUT."),
        click.option(
            "--step",
            "steps",
            multiple=True,
            metavar="FILE[:PROGRAM]",
            help="A further step in the same scratch; in order.",
        ),
        click.option(
            "--aux",
            "auxiliary",
            multiple=True,
            metavar="[NAME=]FILE",
            help="Another file that the job reads.",
        ),
        click.option(
            "--from",
            "sources",
            multiple=True,
            metavar="JOB:ROLE",
            callback=parsed(parse_source),
            help="A file of another job, as 12:wavefunction.",
        ),
        click.option(
            "--sweep",
            "sweeps",
            multiple=True,
            metavar="NAME=V1,V2,…",
            callback=parsed(parse_sweep),
            help="One job for each value of ${NAME} in the input.",
        ),
        queue_options,
        click.option(
            "--force", multiple=True, metavar="CODE", help="Override a named check."
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


@command("submit")
@submission_options
@click.option(
    "--explain",
    "--dry-run",
    "is_explained",
    is_flag=True,
    help="Print the plan; submit nothing.",
)
@waiting_options
def submit_command(
    invocation: Invocation,
    *,
    is_explained: bool,
    after: Afterwards,
    **asked: Any,  # noqa: ANN401 - from submission_options
) -> Exit:
    """Submit input files, or the directory of a code that works in one.

    `submit mgo` finds mgo.d12, mgo.in, mgo.pwi, mgo.pw.in or mgo.d3 and sends
    mgo.gui, mgo.f9 … along. Several inputs make a collection. A closing number
    means ranks (`submit mgo 14`) unless it names an input.
    """
    if is_explained:
        return _explain(invocation, asked)
    inputs, fields = _read(asked)
    with invocation.connect() as daemon:
        result = daemon.submit_job(inputs=inputs, **fields)
        output = invocation.output
        if output.is_json:
            output.reply(daemon.last_result)
        else:
            _print_submitted(output, result)
        job_ids = [job.job_id for job in result.jobs]
        if after is not Afterwards.LEAVE:
            return go_on(daemon, output, job_ids, after)
    _hint_next(output, result, is_held=fields.get("hold", False))
    return Exit.OK


@command("explain")
@submission_options
def explain_command(invocation: Invocation, **asked: Any) -> Exit:  # noqa: ANN401 - from submission_options
    """Print the plan that `submit` would carry out; nothing is stored."""
    return _explain(invocation, asked)


def _explain(invocation: Invocation, asked: dict[str, Any]) -> Exit:
    from crystalmath.cli.plans import plan_text  # noqa: PLC0415 - only here

    inputs, fields = _read(asked)
    is_verbose = invocation.output.is_verbose
    exit_code = invocation.tell(
        lambda daemon: daemon.explain_job(inputs=inputs, **fields).plans,
        lambda plans: "\n\n".join(plan_text(p, is_verbose=is_verbose) for p in plans),
    )
    invocation.output.hint("Nothing was submitted.")
    return exit_code


def _read(asked: dict[str, Any]) -> tuple[list[Input], Asked]:
    """Return the inputs and the other fields of the submission."""
    words, closing_ranks = split_ranks(asked["inputs"])
    if closing_ranks == 0:
        raise click.UsageError("0 ranks cannot run anything; at least 1.")
    if closing_ranks is not None and asked["ranks"] is not None:
        raise click.UsageError(
            f"The ranks stand twice: {closing_ranks} at the end and --ranks."
        )
    paths = [find_input(word) for word in words]
    steps = [parse_step(word) for word in asked["steps"]]
    asked["ranks"] = closing_ranks or asked["ranks"]
    inputs = [Input(path=absolute(path), program=asked["program"]) for path in paths]
    named = [parse_auxiliary(word) for word in asked["auxiliary"]]
    _refuse_twice("--aux", [item.name or Path(item.path or "").name for item in named])
    _refuse_twice("--sweep", [sweep.name for sweep in asked["sweeps"]])
    fields = Asked(
        steps=steps,
        auxiliary=auxiliary_files(paths, named),
        inputs_from=asked["sources"],
        sweep=asked["sweeps"],
        code=asked["code"],
        name=asked["name"],
        project=asked["project"],
        tags=asked["tags"],
        cluster=asked["cluster"],
        resources=resources_asked(asked),
        environment=environment_values(),
        priority=asked["priority"],
        hold=asked["hold"],
        force=asked["force"],
    )
    return inputs, fields


def _refuse_twice(option: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"{option} names {name!r} twice; name it once.")


def _print_submitted(output: Output, result: SubmitJobResult) -> None:
    if output.is_silent:
        output.answer("\n".join(job.job_id for job in result.jobs))
        return
    rows = [(f"job {job.job_id}", job.name, job.directory) for job in result.jobs]
    output.answer(columns(("", "", ""), rows))
    if not result.created:
        output.hint(
            "These jobs were there already: the same submission was sent twice."
        )


def _hint_next(output: Output, result: SubmitJobResult, *, is_held: bool) -> None:
    if is_held:
        numbers = " ".join(job.job_id for job in result.jobs)
        output.hint(f"next: crystalmath release {numbers}")
    elif result.collection is not None:
        output.hint(f"next: crystalmath jobs --collection {result.collection}")
    elif result.jobs:
        output.hint(f"next: crystalmath watch {result.jobs[0].job_id}")
