"""PySCF as the daemon sees it: a `Code`."""

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.base import (
    Candidate,
    InputRefusedError,
    Launch,
    ProgressReader,
    Staging,
    StepRequest,
)
from crystalmathd.codes.crystal.edits import get_value, remove_value, set_value
from crystalmathd.codes.crystal.records import DeckError
from crystalmathd.codes.edits import edited, value_of
from crystalmathd.codes.finite import only_finite
from crystalmathd.codes.pyscf import outputs
from crystalmathd.codes.pyscf.calculation import plan
from crystalmathd.codes.pyscf.details import with_details
from crystalmathd.codes.pyscf.faults import FAULTS
from crystalmathd.codes.pyscf.progress import EngineProgress
from crystalmathd.codes.pyscf.report import BANNER
from crystalmathd.models.faults import Fault, Finding
from crystalmathd.models.plans import Parallelism, Resources, StagedFile, Variable
from crystalmathd.models.restarts import LeftFile, RestartNeeds, RestartOption
from crystalmathd.models.results import Result

_PROGRAM: Final = "pyscf"
_DECK: Final = "INPUT"
_MODULE: Final = "crystalmathd.codes.pyscf.engine"
_LIBRARIES: Final = ("pyscf", "spglib")

MISSING_HINT: Final = (
    "The embedded engine needs PySCF and spglib in the daemon's own Python: "
    "pip install 'crystalmathd[pyscf]', then restart the daemon."
)


class Pyscf:
    """The embedded engine."""

    name = "pyscf"
    title = "PySCF (embedded)"
    programs = (_PROGRAM,)
    input_suffixes: tuple[str, ...] = ()
    """Never guessed: a deck is CRYSTAL's unless somebody asks for this engine."""
    directory_files: tuple[str, ...] = ()
    directory_steps: Final[Mapping[str, tuple[str, str]]] = {}
    companion_suffixes: tuple[str, ...] = ()
    bulky_roles: Final[frozenset[str]] = frozenset()
    role_parts: Final[Mapping[str, tuple[str, ...]]] = {}
    faults: tuple[Fault, ...] = FAULTS
    restart_needs: Final[Mapping[str, RestartNeeds]] = {}
    environment_names: tuple[str, ...] = ()

    def program_for(self, input_name: str) -> str:  # noqa: ARG002 of the protocol
        return _PROGRAM

    def echoed_input(self, output: bytes) -> bytes | None:
        del output
        return None

    def check(self, steps: Sequence[StepRequest]) -> tuple[str, ...]:
        if any(importlib.util.find_spec(library) is None for library in _LIBRARIES):
            raise InputRefusedError(MISSING_HINT)
        if len(steps) != 1:
            raise InputRefusedError(
                f"The embedded engine runs one deck a job, not {len(steps)}."
            )
        (step,) = steps
        if step.program != _PROGRAM:
            raise InputRefusedError(
                f"The embedded engine has no program {step.program}."
            )
        text = step.input.text.decode("utf-8", errors="replace")
        try:
            calculation = plan(text)
        except DeckError as error:
            raise InputRefusedError(f"{step.input.name}: {error}") from error
        words = [
            f"{word} (line {line})" for word, line, _ in calculation.ignored_lines()
        ]
        warnings = list(calculation.remarks)
        if words:
            warnings.append(
                "Without counterpart in the embedded engine, and ignored: "
                f"{', '.join(words)}."
            )
        return tuple(warnings)

    def parallelism(
        self,
        steps: Sequence[StepRequest],  # noqa: ARG002 of the protocol
        asked: Resources,
        cores: int,
    ) -> Parallelism:
        ranks_reason = "the embedded engine is one process"
        if asked.ranks is not None and asked.ranks > 1:
            ranks_reason += f"; {asked.ranks} ranks were asked for"
        if asked.threads is not None:
            threads, threads_reason = asked.threads, "as asked"
        else:
            threads = max(1, cores)
            threads_reason = "all cores of its share: PySCF runs on threads"
        return Parallelism(
            ranks=1,
            ranks_reason=ranks_reason,
            threads=threads,
            threads_reason=threads_reason,
        )

    def launch(
        self,
        step: StepRequest,
        parallelism: Parallelism,
        environment: Mapping[str, str],  # noqa: ARG002 it needs none
        memory_mb: int | None,
    ) -> Launch:
        stem = _stem(step)
        memory = () if memory_mb is None else ("--memory-mb", str(memory_mb))
        return Launch(
            candidates=(
                Candidate(executable=sys.executable, origin="the daemon's own Python"),
            ),
            missing_hint=MISSING_HINT,
            launcher=(),
            arguments=("-m", _MODULE, _DECK, *memory),
            stdin=None,
            stdout=f"{stem}.out",
            stderr=f"{stem}.err",
            environment=(
                Variable(
                    name="OMP_NUM_THREADS",
                    value=str(parallelism.threads),
                    origin="the threads of this job",
                ),
            ),
        )

    def staging(
        self,
        stem: str,  # noqa: ARG002 of the protocol
        steps: Sequence[StepRequest],
        auxiliary: Sequence[str],
    ) -> Staging:
        warnings: tuple[str, ...] = ()
        if auxiliary:
            names = ", ".join(auxiliary)
            warnings = (
                f"The embedded engine reads the deck and nothing else: {names}.",
            )
        return Staging(
            stage_in=tuple(
                StagedFile(
                    name=step.input.name,
                    scratch_name=_DECK,
                    role="input",
                    is_required=True,
                )
                for step in steps
            ),
            stage_out=(),
            warnings=warnings,
        )

    def set_value(self, step: StepRequest, key: str, value: str) -> bytes:
        return edited(step, partial(set_value, key=key, value=value))

    def get_value(self, step: StepRequest, key: str) -> str | None:
        return value_of(step, partial(get_value, key=key))

    def remove_value(self, step: StepRequest, key: str) -> bytes:
        return edited(step, partial(remove_value, key=key))

    def fault_texts(self, program: str, stdout: str) -> Mapping[str, str]:
        del program
        return {stdout: "stdout"}

    def judge(self, result: Result) -> tuple[Finding, ...]:
        del result
        return ()

    def restarts(
        self,
        steps: Sequence[StepRequest],
        parallelism: Parallelism,
        results: Sequence[Result],
        left: Sequence[LeftFile],
    ) -> tuple[RestartOption, ...]:
        del steps, parallelism, results, left
        return ()

    def recognise(self, name: str, head: bytes) -> str | None:
        del name
        first = head.lstrip().partition(b"\n")[0]
        return self.programs[0] if first.startswith(BANNER.encode()) else None

    def inputs_beside(
        self, program: str, output: str, names: Sequence[str]
    ) -> tuple[str, ...]:
        del program
        stem = PurePosixPath(output).stem
        return tuple(name for name in names if name == f"{stem}.d12")

    def progress_reader(self, program: str) -> ProgressReader:
        return EngineProgress(program)

    def progress_files(self, program: str) -> tuple[str, ...]:
        del program
        return ()

    def result_files(
        self,
        program: str,  # noqa: ARG002 of the protocol
        stdout: str,
    ) -> tuple[str, ...]:
        return (stdout,)

    def read_result(
        self, program: str, stdout: str, files: Mapping[str, bytes]
    ) -> Result:
        output = files.get(stdout, b"")
        result = outputs.read_result(program, stdout, output)
        return only_finite(with_details(result, output))


def _stem(step: StepRequest) -> str:
    return PurePosixPath(step.input.name).stem or step.input.name
