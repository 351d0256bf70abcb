"""Curves and pictures of finished jobs, made in the worker."""

from crystalmathd.errors import NothingToPlotError
from crystalmathd.models.jobs import is_end
from crystalmathd.services.jobs import Details, Jobs, refused
from crystalmathd.services.parsing import Parsing
from crystalmathd.services.readings import outputs_of

_HINTS = {
    "scf": "its output has no SCF cycle",
    "opt": "it is no optimisation of two steps or more",
    "bands": "a run of `properties` with BAND, of bands.x or of VASP along lines has",
    "dos": "a run of `properties` with DOSS, of dos.x or of VASP has",
    "eos": "a run with EOS has, or one that computes several volumes",
    "phonons": "a run with FREQCALC, of ph.x or of VASP with IBRION 5 to 8 has",
}


class Picturing:
    def __init__(self, jobs: Jobs, parsing: Parsing) -> None:
        self._jobs = jobs
        self._parsing = parsing

    async def figure(self, job_id: int, kind: str) -> bytes:
        """Return the figure of a job as JSON.

        Raises
        ------
        JobStateError
            If it has not ended.
        NothingToPlotError
            If its results have nothing of this kind.
        """
        details = await self._jobs.details(job_id)
        if not is_end(details.job.state):
            raise refused(details.job, "`crystalmath watch` shows how it converges")
        text = await self._of_record(details, kind) if details.attempts else b""
        if not text and details.results:
            text = await self._of_outputs(details, kind)
        if not text:
            raise NothingToPlotError(job_id=job_id, kind=kind, hint=_HINTS[kind])
        return text

    async def draw(self, job_id: int, kind: str) -> bytes:
        """Return the figure of a job as PNG; the errors are those of `figure`.

        Raises
        ------
        PlotUnavailableError
            If matplotlib is not installed.
        """
        figure = await self.figure(job_id, kind)
        about = f"the {kind} figure of job {job_id}"
        [picture] = await self._parsing.ask("draw", {"figure": figure.decode()}, about)
        return picture

    async def _of_record(self, details: Details, kind: str) -> bytes:
        directory = self._jobs.directory(details.job, details.attempts)
        record = str(directory / "results.json")
        [text] = await self._parsing.ask(
            "figure", {"record": record, "kind": kind}, record
        )
        return text

    async def _of_outputs(self, details: Details, kind: str) -> bytes:
        """Read the outputs again: an earlier release has kept less of them."""
        directory = self._jobs.directory(details.job, details.attempts)
        steps = [
            {"program": step.program, "stdout": step.stdout, "paths": paths}
            for step, paths in await outputs_of(directory, details.plan)
        ]
        arguments = {"code": details.plan.code, "steps": steps, "kind": kind}
        [text] = await self._parsing.ask("figure_of_outputs", arguments, str(directory))
        return text
