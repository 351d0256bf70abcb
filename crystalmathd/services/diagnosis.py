"""What went wrong in a run, where that stands, and what helps."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from crystalmathd.codes import CODES
from crystalmathd.codes.base import (
    Code,
    InputFile,
    InputRefusedError,
    StepRequest,
    is_named,
)
from crystalmathd.codes.machine_faults import DISK_FULL, OUT_OF_MEMORY, WALL_TIME
from crystalmathd.codes.remedies import Settled, settle
from crystalmathd.models.faults import (
    Continue,
    Effect,
    Evidence,
    Fault,
    Finding,
    Remedy,
    RemoveFile,
    Severity,
)
from crystalmathd.models.jobs import Attempt, Cause, Job, is_end
from crystalmathd.models.restarts import RestartOption
from crystalmathd.models.results import Result
from crystalmathd.runners.transports.base import RemoteFileError, TransportError
from crystalmathd.services.diffs import input_diff
from crystalmathd.services.drafts import MAX_INPUT_BYTES, draft_again
from crystalmathd.services.jobs import Details, Jobs
from crystalmathd.services.layout import Layout
from crystalmathd.services.machines import Machines
from crystalmathd.services.parsing import Parsing
from crystalmathd.services.reading import (
    FaultText,
    FoundFault,
    MainOutput,
    find_output,
    inputs_of,
    open_regular,
)
from crystalmathd.services.restarts import Restarts, Ways
from crystalmathd.store import jobs
from crystalmathd.store.database import Database

SCHEDULER: Final = "scheduler"
SCHEDULER_FILE: Final = "run/slurm.out"
MOST_SAID_BYTES: Final = 256 << 10
PATIENCE_S: Final = 5.0
"""So long is waited for what the scheduler has written on another machine."""

_SAID: Final = re.compile(r"slurm(-\d+)?(_\d+)?\.(out|err)$|.+\.[oe]\d+$|.+\.err$")
"""Files beside an output in which batch systems write: of Slurm, PBS, SGE and LSF."""
_CAUSES: Final[dict[str | None, Fault]] = {
    Cause.WALLTIME: WALL_TIME,
    Cause.MEMORY: OUT_OF_MEMORY,
    Cause.SCRATCH_FULL: DISK_FULL,
}
"""What the daemon knows of a job's end without having read it in a file."""
_RECORD: Final = "the record of the job"


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """A remedy as it fits this run.

    `diff`: the changed inputs, empty if there are none. `obstacle`: why its edits
    cannot be made here. `restarts`: ways to go on that belong to it. `removes`: files
    to start without.
    """

    text: str
    effect: Effect
    edits: tuple[Settled, ...]
    diff: str
    obstacle: str | None
    restarts: tuple[str, ...]
    removes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    finding: Finding
    advice: tuple[Advice, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    """What is known of a run's trouble, the first cause first.

    `looked_at`: the texts in which failures were looked for. `results`: what its
    outputs say, one a step.
    """

    code: str
    program: str
    looked_at: tuple[str, ...]
    findings: tuple[Explained, ...]
    results: tuple[Result, ...]
    restarts: tuple[RestartOption, ...] = ()
    path: str | None = None
    job: Job | None = None

    @property
    def sentence(self) -> str:
        """The first cause, or that none is known, for people."""
        first = self.findings[0].finding.fault if self.findings else None
        if first is not None and first.severity is Severity.FATAL:
            return first.cause
        if not self.looked_at:
            return "Nothing of it could be looked at: none of its outputs is here."
        last = self.results[-1] if self.results else None
        if last is None or last.is_normal_end is None:
            return "No failure that is known stands in it."
        if last.is_normal_end:
            return "It ended normally, and no failure that is known stands in it."
        if last.cause is not None:
            return f"It did not reach its end: {last.cause}"
        return "It stops before its end, without a word that is known."


class Diagnoses:
    def __init__(
        self,
        database: Database,
        jobs_service: Jobs,
        restarts: Restarts,
        parsing: Parsing,
        machines: Machines,
        layout: Layout,
    ) -> None:
        self._database = database
        self._jobs = jobs_service
        self._restarts = restarts
        self._parsing = parsing
        self._machines = machines
        self._layout = layout

    async def of_job(self, job_id: int) -> Diagnosis:
        """Say what went wrong in a job, also in one that runs."""
        details = await self._jobs.details(job_id)
        job, plan = details.job, details.plan
        code = CODES[plan.code]
        inputs, _ = await self._database.read(lambda db: jobs.find_inputs(db, job_id))
        steps = draft_again(plan, inputs).steps
        owners: dict[str, StepRequest | None] = {}
        texts: list[FaultText] = []
        if details.attempts:
            attempt = self._layout.attempt(job_id, details.attempts[-1].number)
            outputs = attempt / "outputs"
            names = await anyio.to_thread.run_sync(_names_in, outputs)
            for at, step in enumerate(plan.steps):
                # Of an adopted run there may be no input.
                request = steps[at] if at < len(steps) else None
                wanted = code.fault_texts(step.program, step.stdout)
                for text in _texts(wanted, outputs, names):
                    if text.name not in owners:
                        owners[text.name] = request
                        texts.append(text)
            texts += await self._scheduler_texts(details.attempts[-1])
        found = await self._parsing.find_faults(code.name, texts, f"job {job_id}")
        ways = await self._ways_to_go_on(details)
        said = _ranked([*_findings(code, found), *_judged(code, ways.results)])
        findings = with_cause(job, said)
        explained = await anyio.to_thread.run_sync(
            _explained, code, findings, owners, steps
        )
        return Diagnosis(
            code=code.name,
            program=plan.steps[0].program,
            looked_at=tuple(text.name for text in texts),
            findings=explained,
            results=details.results,
            restarts=ways.options,
            job=job,
        )

    async def of_path(self, path: str, code_name: str | None) -> Diagnosis:
        """Say what went wrong in a run that left its files on this machine.

        Raises
        ------
        CodeUnknownError, FileMissingError, OutputUnknownError, OutputUnreadableError
            As `parse_output`.
        """
        main = await anyio.to_thread.run_sync(find_output, path, code_name)
        code = CODES[main.code]
        beside = await anyio.to_thread.run_sync(_beside, code, main)
        found = await self._parsing.find_faults(code.name, beside.texts, main.path)
        whole = await self._parsing.read_history(
            main.code, main.program, main.name, main.files
        )
        findings = _ranked([*_findings(code, found), *_judged(code, [whole])])
        explained = await anyio.to_thread.run_sync(
            _explained, code, findings, {}, beside.steps
        )
        return Diagnosis(
            code=code.name,
            program=main.program,
            looked_at=tuple(text.name for text in beside.texts),
            findings=explained,
            results=(whole.without_series(),),
            path=main.path,
        )

    async def _ways_to_go_on(self, details: Details) -> Ways:
        if not is_end(details.job.state):
            return Ways(details=details)
        return await self._restarts.ways(details.job.job_id)

    async def _scheduler_texts(self, attempt: Attempt) -> list[FaultText]:
        """Return what the batch system has written; it stays where the job ran."""
        if attempt.cluster not in self._machines:
            return []
        machine = self._machines[attempt.cluster]
        path = str(machine.directory(attempt) / SCHEDULER_FILE)
        with suppress(TransportError, RemoteFileError), anyio.move_on_after(PATIENCE_S):
            data = await machine.transport.read_file(path, 0, MOST_SAID_BYTES)
            text = data.decode("utf-8", "replace")
            return [FaultText(name=SCHEDULER_FILE, role=SCHEDULER, text=text)]
        return []


@dataclass(frozen=True, kw_only=True, slots=True)
class _Beside:
    """What stands beside an output: texts to be searched, and the input to edit."""

    texts: list[FaultText]
    steps: tuple[StepRequest, ...]


def _beside(code: Code, main: MainOutput) -> _Beside:
    directory = Path(main.path).parent
    names = _names_in(directory)
    texts = _texts(code.fault_texts(main.program, main.name), directory, names)
    known = {text.name for text in texts}
    texts += [
        FaultText(name=name, role=SCHEDULER, path=str(directory / name))
        for name in names
        if name not in known and _SAID.fullmatch(name)
    ]
    return _Beside(texts=texts, steps=_steps(code, main, directory, names))


def _steps(
    code: Code, main: MainOutput, directory: Path, names: Sequence[str]
) -> tuple[StepRequest, ...]:
    """Return the run with the input that stands beside it, or in its output."""
    found: InputFile | None = None
    with suppress(OSError):  # it may be read by others only: then there is no diff
        for name in inputs_of(code, main, names)[:1]:
            if (directory / name).stat().st_size <= MAX_INPUT_BYTES:
                found = InputFile(name=name, text=(directory / name).read_bytes())
    if found is None and code.input_suffixes:
        with suppress(OSError), open_regular(main.path) as file:
            echoed = code.echoed_input(file.read(MAX_INPUT_BYTES))
            if echoed is not None:
                name = f"{Path(main.name).stem}{code.input_suffixes[0]}"
                found = InputFile(name=name, text=echoed)
    if found is None:
        return ()
    return (StepRequest(program=main.program, input=found),)


def _texts(
    wanted: Mapping[str, str], directory: Path, names: Sequence[str]
) -> list[FaultText]:
    """Return those texts that are there; a name may be a pattern."""
    return [
        FaultText(name=name, role=role, path=str(directory / name))
        for one, role in wanted.items()
        for name in names
        if is_named(name, one)
    ]


def _names_in(directory: Path) -> list[str]:
    try:
        return sorted(path.name for path in directory.iterdir() if path.is_file())
    except OSError:  # nothing came home yet, or somebody has removed it
        return []


def _findings(code: Code, found: Sequence[FoundFault]) -> list[Finding]:
    rows = {fault.key: fault for fault in code.faults}
    return [
        Finding(
            fault=rows[one.key],
            evidence=one.evidence,
            n_lines=one.n_lines,
            facts=one.facts,
        )
        for one in found
    ]


def _judged(code: Code, results: Sequence[Result]) -> list[Finding]:
    """Return what the numbers of a run say, where no text of it does."""
    return [finding for result in results for finding in code.judge(result)]


def _ranked(findings: Sequence[Finding]) -> list[Finding]:
    """Put what a run ended of first, and say each trouble once."""
    once: dict[str, Finding] = {}
    for finding in findings:
        once.setdefault(finding.fault.key, finding)
    return sorted(
        once.values(),
        key=lambda one: (
            one.fault.severity is not Severity.FATAL,
            one.fault.is_generic,
        ),
    )


def with_cause(job: Job, findings: list[Finding]) -> list[Finding]:
    """Add what the daemon knows of the end of a job, if no file says it.

    It stands behind what the program itself says, and before what follows from it.
    """
    fault = _CAUSES.get(job.cause)
    if fault is None or any(one.fault.key == fault.key for one in findings):
        return findings
    evidence = tuple(
        Evidence(file=_RECORD, line=number, text=f"{seen.source}: {seen.text}")
        for number, seen in enumerate(job.evidence, start=1)
    )
    known = Finding(fault=fault, evidence=evidence[-1:], n_lines=len(evidence[-1:]))
    at = next(
        (at for at, one in enumerate(findings) if not _is_first_hand(one.fault)),
        len(findings),
    )
    return [*findings[:at], known, *findings[at:]]


def _is_first_hand(fault: Fault) -> bool:
    return fault.severity is Severity.FATAL and not fault.is_generic


def _explained(
    code: Code,
    findings: Sequence[Finding],
    owners: Mapping[str, StepRequest | None],
    steps: Sequence[StepRequest],
) -> tuple[Explained, ...]:
    """Fit the remedies of each finding to the inputs of the run.

    `owners`: name of a text → the step that has written it.
    """
    explained = []
    for finding in findings:
        first = finding.evidence[0].file if finding.evidence else ""
        owner = owners.get(first)
        concerned = (owner,) if owner is not None else steps
        advice = tuple(
            _advice(code, remedy, finding, concerned)
            for remedy in finding.fault.remedies
        )
        explained.append(Explained(finding=finding, advice=advice))
    return tuple(explained)


def _advice(
    code: Code, remedy: Remedy, finding: Finding, steps: Sequence[StepRequest]
) -> Advice:
    edits: tuple[Settled, ...] = ()
    diff, obstacle = "", None
    try:
        done = settle(code, steps, remedy, finding.facts)
    except InputRefusedError as refusal:
        obstacle = str(refusal)
    else:
        old = {step.input.name: step.input.text for step in steps}
        edits = done.edits
        if done.is_done_already:
            obstacle = "the input says so already"
        diff = input_diff((new.name, old[new.name], new.text) for new in done.inputs)
    return Advice(
        text=remedy.text,
        effect=remedy.effect,
        edits=edits,
        diff=diff,
        obstacle=obstacle,
        restarts=tuple(e.kind for e in remedy.edits if isinstance(e, Continue)),
        removes=tuple(e.name for e in remedy.edits if isinstance(e, RemoveFile)),
    )
