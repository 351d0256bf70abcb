"""The handler of the method that says what went wrong."""

from collections.abc import Mapping
from typing import Final

import msgspec

from crystalmath_protocol import diagnoses as messages
from crystalmath_protocol.calculations import Source
from crystalmath_protocol.restarts import RestartOption
from crystalmathd.errors import InputRefusedError
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.services.diagnosis import Diagnoses, Diagnosis, Explained


class DiagnosisHandlers:
    def __init__(self, diagnoses: Diagnoses) -> None:
        self._diagnoses = diagnoses

    async def diagnose_job(
        self, _context: Context, params: messages.DiagnoseJobParams
    ) -> messages.DiagnoseJobResult:
        if params.job_id is not None and params.path is None:
            return _diagnosed(await self._diagnoses.of_job(int(params.job_id)))
        if params.path is not None and params.job_id is None:
            return _diagnosed(await self._diagnoses.of_path(params.path, params.code))
        reason = "a job or a path is to be named, one of the two"
        raise InputRefusedError(name="diagnose_job", reason=reason)

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


def _diagnosed(found: Diagnosis) -> messages.DiagnoseJobResult:
    last = found.results[-1] if found.results else None
    grade = last.grade if last is not None else None
    return messages.DiagnoseJobResult(
        job_id=None if found.job is None else str(found.job.job_id),
        path=found.path,
        code=found.code,
        program=found.program,
        state=None if found.job is None else found.job.state,
        grade=grade if found.job is None else found.job.grade,
        normal_termination=None if last is None else last.is_normal_end,
        first_cause=found.sentence,
        looked_at=found.looked_at,
        findings=tuple(map(_finding, found.findings)),
        restarts=msgspec.convert(
            found.restarts, tuple[RestartOption, ...], from_attributes=True
        ),
    )


def _finding(explained: Explained) -> messages.Finding:
    finding, fault = explained.finding, explained.finding.fault
    return messages.Finding(
        key=fault.key,
        severity=fault.severity,
        cause=fault.cause,
        meaning=fault.meaning,
        standing=fault.standing,
        source=fault.source,
        is_generic=fault.is_generic,
        n_lines=finding.n_lines,
        evidence=msgspec.convert(
            finding.evidence, tuple[Source, ...], from_attributes=True
        ),
        facts=finding.facts,
        remedies=msgspec.convert(
            explained.advice, tuple[messages.Remedy, ...], from_attributes=True
        ),
    )


HANDLERS: Final = ("diagnose_job",)
