"""`delete`: forget jobs and remove their files."""

import click

from crystalmath.cli import quantities
from crystalmath.cli.each import with_each
from crystalmath.cli.invocation import Invocation, command, jobs_argument
from crystalmath.cli.output import Output
from crystalmath.exits import Exit
from crystalmath_protocol.control import DeleteJobResult, RemovedScratch
from crystalmath_protocol.jobs import JobDetails


@command("delete")
@jobs_argument
@click.option("--keep-files", is_flag=True, help="Forget the jobs, leave their files.")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask.")
def delete_command(
    invocation: Invocation, *, job_ids: tuple[str, ...], keep_files: bool, is_sure: bool
) -> Exit:
    """Forget jobs that have ended, and remove their files.

    Asks at a terminal before each; elsewhere --yes is needed. The number of a
    deleted job is never given to another one.
    """
    output = invocation.output
    if not is_sure and not output.can_ask:
        raise click.UsageError("Nobody can be asked here; --yes deletes without.")
    with invocation.connect() as daemon:

        def delete(job_id: str) -> Exit:
            if not is_sure:
                job = daemon.get_job_details(job_id)
                if not _is_confirmed(output, job, keep_files=keep_files):
                    output.hint(f"Job {job_id} was not deleted.")
                    return Exit.ERROR
            result = daemon.delete_job(job_id, keep_files=keep_files)
            if output.is_json:
                output.reply(daemon.last_result)
            else:
                output.answer(deletion_text(result))
            return Exit.OK

        return with_each(output, job_ids, delete)


def _is_confirmed(output: Output, job: JobDetails, *, keep_files: bool) -> bool:
    try:
        return output.confirms(_question(job, keep_files=keep_files))
    except KeyboardInterrupt:
        output.hint(f"\nJob {job.job_id} was not deleted.")
        raise


def _question(job: JobDetails, *, keep_files: bool) -> str:
    energy = quantities.energy(job.energy_ev)
    about = f"{job.name}, {job.state}" + (f", {energy} eV" if energy else "")
    if keep_files:
        return f"Forget job {job.job_id} ({about}) and leave its files?"
    return (
        f"Delete job {job.job_id} ({about}) and the files of all its attempts "
        f"(the last in {job.directory})?"
    )


def deletion_text(result: DeleteJobResult) -> str:
    """Return what is gone, and what is not."""
    files = "1 file" if result.n_files == 1 else f"{result.n_files} files"
    amount = f"{files} ({quantities.size(result.size_bytes)})"
    if result.files_kept:
        gone = f"is forgotten; {amount} stay in {result.directory}."
    else:
        gone = f"is deleted, with {amount} in {result.directory}."
    lines = [f"job {result.job_id} {gone} Its number is not given again."]
    return "\n".join([*lines, *map(_scratch_text, result.scratches)])


def _scratch_text(scratch: RemovedScratch) -> str:
    if scratch.problem is None:
        return f"its directory {scratch.path} is removed."
    return f"its directory {scratch.path} is still there: {scratch.problem}"
