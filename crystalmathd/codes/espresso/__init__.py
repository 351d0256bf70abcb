"""Quantum ESPRESSO: pw.x and the programs that read what it leaves."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes import parallel
from crystalmathd.codes.base import (
    Candidate,
    Launch,
    ProgressReader,
    Staging,
    StepRequest,
)
from crystalmathd.codes.edits import edited
from crystalmathd.codes.espresso import outputs, programs, recognition, restarts
from crystalmathd.codes.espresso.edits import get_value, remove_value, set_value
from crystalmathd.codes.espresso.faults import FAULTS
from crystalmathd.codes.espresso.faults import texts as fault_texts
from crystalmathd.codes.espresso.inputs import EspressoInput
from crystalmathd.codes.espresso.progress import EspressoProgress
from crystalmathd.codes.espresso.staging import staging
from crystalmathd.codes.finite import only_finite
from crystalmathd.models.faults import Fault, Finding
from crystalmathd.models.plans import CleanStop, Parallelism, Resources, Variable
from crystalmathd.models.restarts import LeftFile, RestartNeeds, RestartOption
from crystalmathd.models.results import Result

_PSEUDO: Final = "ESPRESSO_PSEUDO"

_SAME_GRID: Final = ("ecutwfc", "ecutrho", "nspin", "noncolin", "nr1", "nr2", "nr3")
"""What pw.x has saved stands on one grid, for one kind of spin."""


class Espresso:
    """Quantum ESPRESSO 5 to 7.

    All steps share one scratch directory, so a relative `outdir` needs no change.
    Exit code 2 of pw.x is an SCF that did not converge although JOB DONE is
    printed; only 0 lets the next step start.
    """

    name: Final = "espresso"
    title: Final = "Quantum ESPRESSO"
    programs: Final = programs.PROGRAMS
    input_suffixes: Final = (".pwi", ".in")
    directory_files: Final[tuple[str, ...]] = ()
    directory_steps: Final[Mapping[str, tuple[str, str]]] = {}
    companion_suffixes: Final[tuple[str, ...]] = ()
    bulky_roles: Final[frozenset[str]] = frozenset({"restart"})
    role_parts: Final = {"charge_density": ("charge_density", "results")}
    faults: Final[tuple[Fault, ...]] = FAULTS
    restart_needs: Final[Mapping[str, RestartNeeds]] = {
        "restart": RestartNeeds(keys=_SAME_GRID, same_ranks=True),
        "charge_density": RestartNeeds(keys=_SAME_GRID),
    }
    environment_names: Final = ("ESPRESSO_ROOT", "ESPRESSO_BIN_DIR", _PSEUDO)

    def program_for(self, input_name: str) -> str:
        return programs.program_for(input_name)

    def echoed_input(self, output: bytes) -> bytes | None:
        del output
        return None

    def check(self, steps: Sequence[StepRequest]) -> tuple[str, ...]:
        return programs.check(steps)

    def parallelism(
        self, steps: Sequence[StepRequest], asked: Resources, cores: int
    ) -> Parallelism:
        del steps
        return parallel.as_asked(asked, cores)

    def launch(
        self,
        step: StepRequest,
        parallelism: Parallelism,
        environment: Mapping[str, str],
        memory_mb: int | None,
    ) -> Launch:
        del memory_mb
        read = programs.parsed(step)
        is_parallel = parallelism.ranks > 1
        stem = programs.output_stem(step.input.name)
        return Launch(
            candidates=_candidates(step.program, environment),
            missing_hint=(
                "Install Quantum ESPRESSO (Debian: package quantum-espresso), or set"
                f" ESPRESSO_BIN_DIR to the directory that holds {step.program}"
            ),
            launcher=parallel.mpi_launcher(parallelism.ranks) if is_parallel else (),
            arguments=("-in", step.input.name),
            stdin=None,
            stdout=f"{stem}.out",
            stderr=f"{stem}.err",
            environment=(
                *parallel.openmp_variables(parallelism),
                *(parallel.mpi_variables() if is_parallel else ()),
                *_directories(read, environment),
            ),
            warnings=_pseudo_warnings(step, read, environment),
            clean_stop=_clean_stop(step.program, read),
        )

    def staging(
        self, stem: str, steps: Sequence[StepRequest], auxiliary: Sequence[str]
    ) -> Staging:
        del stem
        return staging(steps, auxiliary)

    def set_value(self, step: StepRequest, key: str, value: str) -> bytes:
        return edited(step, partial(set_value, key=key, value=value))

    def get_value(self, step: StepRequest, key: str) -> str | None:
        return get_value(step.input.text.decode("utf-8", "surrogateescape"), key)

    def remove_value(self, step: StepRequest, key: str) -> bytes:
        return edited(step, partial(remove_value, key=key))

    def fault_texts(self, program: str, stdout: str) -> Mapping[str, str]:
        del program
        return fault_texts(stdout)

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
        return restarts.restarts(steps, parallelism, results, left)

    def recognise(self, name: str, head: bytes) -> str | None:
        del name
        return recognition.recognise(head)

    def inputs_beside(
        self, program: str, output: str, names: Sequence[str]
    ) -> tuple[str, ...]:
        return recognition.inputs_beside(program, output, names)

    def progress_reader(self, program: str) -> ProgressReader:
        return EspressoProgress(program)

    def progress_files(self, program: str) -> tuple[str, ...]:
        del program
        return ()

    def result_files(self, program: str, stdout: str) -> tuple[str, ...]:
        return outputs.result_files(program, stdout)

    def read_result(
        self, program: str, stdout: str, files: Mapping[str, bytes]
    ) -> Result:
        return only_finite(outputs.read_output(program, stdout, files))


def _candidates(program: str, environment: Mapping[str, str]) -> tuple[Candidate, ...]:
    found = []
    if directory := environment.get("ESPRESSO_BIN_DIR"):
        path = PurePosixPath(directory, program)
        found.append(Candidate(executable=str(path), origin="ESPRESSO_BIN_DIR"))
    if root := environment.get("ESPRESSO_ROOT"):
        path = PurePosixPath(root, "bin", program)
        found.append(Candidate(executable=str(path), origin="ESPRESSO_ROOT"))
    found.append(Candidate(executable=program, origin="PATH"))
    return tuple(found)


def _clean_stop(program: str, read: EspressoInput) -> CleanStop | None:
    """Return the file that pw.x and ph.x look for after each step of theirs.

    Source: Quantum ESPRESSO, Modules/check_stop.f90: `<prefix>.EXIT` in the outdir.
    """
    if program not in {"pw.x", "ph.x"}:
        return None
    path = PurePosixPath(programs.outdir(read), f"{programs.prefix(read)}.EXIT")
    if path.is_absolute():
        return None
    return CleanStop(files=((str(path), ""),), margin_s=120)


def _directories(
    read: EspressoInput, environment: Mapping[str, str]
) -> tuple[Variable, ...]:
    """Say where pw.x looks and writes if the input does not say it."""
    variables = []
    if read.pseudopotentials and read.value("pseudo_dir") is None:
        here = Variable(
            name=_PSEUDO,
            value="./",
            origin="the pseudopotentials that came with the job, in scratch",
        )
        there = environment.get(_PSEUDO)
        variables.append(
            Variable(name=_PSEUDO, value=there, origin="as sent with the job")
            if there
            else here
        )
    if read.value("outdir") is None:
        variables.append(
            Variable(
                name="ESPRESSO_TMPDIR",
                value="./",
                origin="no outdir in the input: the steps share scratch",
            )
        )
    return tuple(variables)


def _pseudo_warnings(
    step: StepRequest, read: EspressoInput, environment: Mapping[str, str]
) -> tuple[str, ...]:
    if (
        not read.pseudopotentials
        or read.value("pseudo_dir") is not None
        or environment.get(_PSEUDO)
    ):
        return ()
    warning = (
        f"{step.input.name} has no pseudo_dir and {_PSEUDO} is not set:"
        f" {', '.join(read.pseudopotentials)} must come with the job."
    )
    return (warning,)
