"""VASP: a directory with INCAR, POSCAR, POTCAR and KPOINTS."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes import parallel
from crystalmathd.codes.base import (
    Candidate,
    InputRefusedError,
    Launch,
    ProgressReader,
    Staging,
    StepRequest,
)
from crystalmathd.codes.edits import edited
from crystalmathd.codes.finite import only_finite
from crystalmathd.codes.vasp import inputs, outputs, recognition
from crystalmathd.codes.vasp import potcar_assembly as assembly
from crystalmathd.codes.vasp.conditions import result_findings
from crystalmathd.codes.vasp.faults import FAULTS
from crystalmathd.codes.vasp.faults import texts as fault_texts
from crystalmathd.codes.vasp.progress import OUTCAR, VaspProgress
from crystalmathd.codes.vasp.restarts import restarts
from crystalmathd.codes.vasp.staging import NEEDED, staging
from crystalmathd.models.faults import Fault, Finding
from crystalmathd.models.plans import CleanStop, Parallelism, Resources
from crystalmathd.models.restarts import LeftFile, RestartNeeds, RestartOption
from crystalmathd.models.results import Result

_CLEAN_STOP: Final = CleanStop(files=(("STOPCAR", "LABORT = .TRUE.\n"),), margin_s=300)
"""VASP ends after the electronic step and writes WAVECAR and CONTCAR.

Source: vasp.at wiki, "STOPCAR"; LSTOP would wait for the whole ionic step.
"""

_PROGRAMS: Final = ("vasp_std", "vasp_gam", "vasp_ncl")

_ASSEMBLY: Final = Launch(
    candidates=(Candidate(executable="/bin/sh", origin="POSIX"),),
    missing_hint="A POSIX shell makes the POTCAR",
    launcher=(),
    arguments=("-c", assembly.SCRIPT, assembly.PROGRAM),
    stdin=None,
    stdout="potcar.out",
    stderr="potcar.err",
    environment=(),
    is_fixed=True,
)

_SAME_GRID: Final = (
    *("ENCUT", "PREC", "ISPIN", "LNONCOLLINEAR", "LSORBIT"),
    *("NGX", "NGY", "NGZ", "NGXF", "NGYF", "NGZF"),
)
"""Orbitals and charge density stand on one grid, for one kind of spin."""


class Vasp:
    """VASP 4.6 to 6: one program, one step, one directory.

    Before it, `potcar` may make the POTCAR of the library where the job runs.

    KPOINTS may be absent if INCAR has KSPACING; so it is not among
    `directory_files`, and `staging` asks for it.
    """

    name: Final = "vasp"
    title: Final = "VASP"
    programs: Final = (*_PROGRAMS, assembly.PROGRAM)
    input_suffixes: Final[tuple[str, ...]] = ()
    directory_files: Final = NEEDED
    directory_steps: Final[Mapping[str, tuple[str, str]]] = {
        assembly.SPEC: (assembly.PROGRAM, assembly.POTCAR)
    }
    companion_suffixes: Final[tuple[str, ...]] = ()
    bulky_roles: Final[frozenset[str]] = frozenset({"wavefunction", "charge_density"})
    role_parts: Final[Mapping[str, tuple[str, ...]]] = {}
    faults: Final[tuple[Fault, ...]] = FAULTS
    restart_needs: Final[Mapping[str, RestartNeeds]] = dict.fromkeys(
        ("wavefunction", "charge_density"), RestartNeeds(keys=_SAME_GRID)
    )
    environment_names: Final = ("VASP_ROOT", *assembly.VARIABLES)

    def program_for(self, input_name: str) -> str:
        del input_name
        return self.programs[0]

    def echoed_input(self, output: bytes) -> bytes | None:
        del output
        return None

    def check(self, steps: Sequence[StepRequest]) -> tuple[str, ...]:
        own = [step for step in steps if step.program != assembly.PROGRAM]
        for step in steps[: len(steps) - len(own)]:
            _check_spec(step)
        if len(own) != 1:
            raise InputRefusedError(
                "VASP runs one step a job: every step would read the same INCAR."
            )
        (step,) = own
        if step.program not in _PROGRAMS:
            raise InputRefusedError(
                f"VASP has no program {step.program}; there are {', '.join(_PROGRAMS)}."
            )
        if step.input.name != NEEDED[0]:
            raise InputRefusedError(
                f"VASP reads INCAR, not {step.input.name}: submit the directory."
            )
        return ()

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
        if step.program == assembly.PROGRAM:
            return _ASSEMBLY
        is_parallel = parallelism.ranks > 1
        return Launch(
            candidates=_candidates(step.program, environment),
            missing_hint=(
                f"Set VASP_ROOT to the directory that holds bin/{step.program}"
                f" or {step.program}"
            ),
            launcher=parallel.mpi_launcher(parallelism.ranks) if is_parallel else (),
            arguments=(),
            stdin=None,
            stdout="vasp.out",
            stderr="vasp.err",
            environment=(
                *parallel.openmp_variables(parallelism),
                *(parallel.mpi_variables() if is_parallel else ()),
            ),
            clean_stop=_CLEAN_STOP,
        )

    def staging(
        self, stem: str, steps: Sequence[StepRequest], auxiliary: Sequence[str]
    ) -> Staging:
        del stem
        return staging(steps, auxiliary)

    def set_value(self, step: StepRequest, key: str, value: str) -> bytes:
        name = step.input.name
        return edited(step, lambda text: inputs.edited(name, text, key, value))

    def get_value(self, step: StepRequest, key: str) -> str | None:
        text = step.input.text.decode("utf-8", "surrogateescape")
        return inputs.value_of(step.input.name, text, key)

    def remove_value(self, step: StepRequest, key: str) -> bytes:
        name = step.input.name
        return edited(step, lambda text: inputs.edited(name, text, key, None))

    def fault_texts(self, program: str, stdout: str) -> Mapping[str, str]:
        if program == assembly.PROGRAM:
            return {stdout: "stdout", _ASSEMBLY.stderr: "error_unit"}
        return fault_texts(stdout)

    def judge(self, result: Result) -> tuple[Finding, ...]:
        return result_findings(result)

    def restarts(
        self,
        steps: Sequence[StepRequest],
        parallelism: Parallelism,
        results: Sequence[Result],
        left: Sequence[LeftFile],
    ) -> tuple[RestartOption, ...]:
        del parallelism
        return restarts(
            [one for one in steps if one.program in _PROGRAMS],
            [one for one in results if one.program in _PROGRAMS],
            left,
        )

    def recognise(self, name: str, head: bytes) -> str | None:
        del name
        return recognition.recognise(head)

    def inputs_beside(
        self, program: str, output: str, names: Sequence[str]
    ) -> tuple[str, ...]:
        del program
        return recognition.inputs_beside(output, names)

    def progress_reader(self, program: str) -> ProgressReader:
        return VaspProgress(program)

    def progress_files(self, program: str) -> tuple[str, ...]:
        return () if program == assembly.PROGRAM else (OUTCAR,)

    def result_files(self, program: str, stdout: str) -> tuple[str, ...]:
        if program == assembly.PROGRAM:
            return (stdout, _ASSEMBLY.stderr)
        return recognition.companions(stdout)

    def read_result(
        self, program: str, stdout: str, files: Mapping[str, bytes]
    ) -> Result:
        if program == assembly.PROGRAM:
            return _assembled(files.get(_ASSEMBLY.stderr, b""))
        return only_finite(outputs.read_files(program, stdout, files))


def _check_spec(step: StepRequest) -> None:
    if step.input.name != assembly.SPEC:
        raise InputRefusedError(f"potcar reads {assembly.SPEC}, not {step.input.name}")
    try:
        assembly.read_spec(step.input.text.decode("utf-8", "replace"))
    except assembly.SpecRefusedError as refusal:
        raise InputRefusedError(str(refusal)) from refusal


def _assembled(stderr: bytes) -> Result:
    """Return what the making of a POTCAR says: that it went well, or why not."""
    said = stderr.decode("utf-8", "replace").strip()
    return Result(
        code=Vasp.name,
        program=assembly.PROGRAM,
        is_normal_end=not said,
        cause=said.removeprefix("potcar: ") or None,
    )


def _candidates(program: str, environment: Mapping[str, str]) -> tuple[Candidate, ...]:
    found = []
    if root := environment.get("VASP_ROOT"):
        paths = PurePosixPath(root, "bin", program), PurePosixPath(root, program)
        found += [Candidate(executable=str(path), origin="VASP_ROOT") for path in paths]
    found.append(Candidate(executable=program, origin="PATH"))
    return tuple(found)
