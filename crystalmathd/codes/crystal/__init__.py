"""CRYSTAL: `crystal` for wavefunctions, `properties` for what is read from them."""

from collections.abc import Mapping, Sequence
from functools import partial
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
from crystalmathd.codes.crystal import outputs, restarts
from crystalmathd.codes.crystal.echo import echoed_deck
from crystalmathd.codes.crystal.edits import get_value, remove_value, set_value
from crystalmathd.codes.crystal.faults import FAULTS
from crystalmathd.codes.crystal.faults import texts as fault_texts
from crystalmathd.codes.crystal.progress import SCF_LOG, CrystalProgress
from crystalmathd.codes.crystal.recognition import inputs_beside, recognise
from crystalmathd.codes.crystal.staging import (
    COMPANION_SUFFIXES,
    DECK,
    ROLE_PARTS,
    is_properties,
    staging,
)
from crystalmathd.codes.edits import edited, value_of
from crystalmathd.codes.finite import only_finite
from crystalmathd.models.faults import Fault, Finding
from crystalmathd.models.plans import Parallelism, Resources, Variable
from crystalmathd.models.restarts import LeftFile, RestartNeeds, RestartOption
from crystalmathd.models.results import Result

DEFAULT_ARCH: Final = "Linux-ifort_i64_omp"
DEFAULT_VERSION: Final = "v1.0.1"
"""Where CRYSTAL23's own installation puts its programs, unless told otherwise."""

STACK_SIZE: Final = "256M"

_SERIAL: Final = frozenset({"crystal", "properties"})

_MISSING_HINT: Final = (
    "Set CRY23_ROOT to the directory that holds bin/ (with CRY_ARCH and"
    " CRY_VERSION, if they are not {arch} and {version}), or CRY_BIN_DIR to the"
    " directory that holds {executable}"
)

_SAME_DENSITY: Final = ("BASISSET", "GHOSTS", "TOLINTEG", "UHF", "ROHF", "DFT.SPIN")
"""A density fits one basis, spin and class of tolerances, any mesh and functional."""


class Crystal:
    """CRYSTAL23 and its forerunners.

    `crystal` becomes Pcrystal with more than one rank and the OMP variant with
    more than one thread. `properties` is always serial: it is quick, and few of
    its tasks run in parallel. MPPcrystal (distributed matrices, large cells)
    and Pproperties are run only when they are named.
    """

    name: Final = "crystal"
    title: Final = "CRYSTAL23"
    programs: Final = ("crystal", "properties", "MPPcrystal", "Pproperties")
    input_suffixes: Final = (".d12", ".d3")
    directory_files: Final[tuple[str, ...]] = ()
    directory_steps: Final[Mapping[str, tuple[str, str]]] = {}
    companion_suffixes: Final = COMPANION_SUFFIXES
    bulky_roles: Final[frozenset[str]] = frozenset()
    role_parts: Final[Mapping[str, tuple[str, ...]]] = ROLE_PARTS
    faults: Final[tuple[Fault, ...]] = FAULTS
    restart_needs: Final[Mapping[str, RestartNeeds]] = {
        "wavefunction": RestartNeeds(keys=_SAME_DENSITY),
        **dict.fromkeys(
            ("optimisation", "frequencies", "equation_of_state", "elastic"),
            RestartNeeds(keys=(*_SAME_DENSITY, "DFT", "SHRINK", "SMEAR")),
        ),
    }
    environment_names: Final = (
        "CRY23_ROOT",
        "CRY_ARCH",
        "CRY_VERSION",
        "CRY_BIN_DIR",
        "CRY23_EXEDIR",
    )

    def program_for(self, input_name: str) -> str:
        is_d3 = PurePosixPath(input_name).suffix.lower() == ".d3"
        return "properties" if is_d3 else "crystal"

    def echoed_input(self, output: bytes) -> bytes | None:
        return echoed_deck(output)

    def check(self, steps: Sequence[StepRequest]) -> tuple[str, ...]:
        for step in steps:
            if step.program not in self.programs:
                known = ", ".join(self.programs)
                raise InputRefusedError(
                    f"CRYSTAL has no program {step.program}; there are {known}."
                )
            if not step.input.text.strip():
                raise InputRefusedError(f"{step.input.name} is empty.")
            if b"\0" in step.input.text:
                raise InputRefusedError(
                    f"{step.input.name} is not text: it holds NUL bytes."
                )
        outputs_of = [_main_output(step) for step in steps]
        if len(set(outputs_of)) < len(outputs_of):
            raise InputRefusedError(
                "two steps would write the same output: give their inputs"
                " different names."
            )
        if sum(is_properties(step.program) for step in steps) > 1:
            shared = (
                "several steps of properties write the same names (fort.25,"
                " BAND.DAT …): what comes back is the last one's."
            )
            return (shared,)
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
        executables = _executables(step.program, parallelism)
        is_serial = executables[0].removesuffix("OMP") in _SERIAL
        output = _main_output(step)
        return Launch(
            candidates=tuple(
                candidate
                for executable in executables
                for candidate in _candidates(executable, environment)
            ),
            missing_hint=_MISSING_HINT.format(
                arch=DEFAULT_ARCH,
                version=DEFAULT_VERSION,
                executable=" or ".join(executables),
            ),
            launcher=() if is_serial else parallel.mpi_launcher(parallelism.ranks),
            arguments=(),
            stdin=DECK if is_serial else None,
            # Some builds print their main output on stderr: one file, in order.
            stdout=output,
            stderr=output,
            environment=_variables(parallelism, is_serial=is_serial),
            input_as=None if step.input.name == DECK else DECK,
        )

    def staging(
        self, stem: str, steps: Sequence[StepRequest], auxiliary: Sequence[str]
    ) -> Staging:
        return staging(stem, steps, auxiliary)

    def set_value(self, step: StepRequest, key: str, value: str) -> bytes:
        is_d3 = is_properties(step.program)
        return edited(
            step, partial(set_value, key=key, value=value, is_properties=is_d3)
        )

    def get_value(self, step: StepRequest, key: str) -> str | None:
        is_d3 = is_properties(step.program)
        return value_of(step, partial(get_value, key=key, is_properties=is_d3))

    def remove_value(self, step: StepRequest, key: str) -> bytes:
        is_d3 = is_properties(step.program)
        return edited(step, partial(remove_value, key=key, is_properties=is_d3))

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
        del parallelism
        return restarts.restarts(steps, results, left)

    def recognise(self, name: str, head: bytes) -> str | None:
        return recognise(name, head)

    def inputs_beside(
        self, program: str, output: str, names: Sequence[str]
    ) -> tuple[str, ...]:
        return inputs_beside(program, output, names)

    def progress_reader(self, program: str) -> ProgressReader:
        return CrystalProgress(program)

    def progress_files(self, program: str) -> tuple[str, ...]:
        return () if is_properties(program) else (SCF_LOG,)

    def result_files(self, program: str, stdout: str) -> tuple[str, ...]:
        of = outputs.plot_files if is_properties(program) else outputs.scf_logs
        return (stdout, outputs.error_file(stdout), *of(stdout))

    def read_result(
        self, program: str, stdout: str, files: Mapping[str, bytes]
    ) -> Result:
        return only_finite(outputs.read_files(program, stdout, files))


def _executables(program: str, parallelism: Parallelism) -> tuple[str, ...]:
    """Return the variants that can run this, the best first.

    An OMP build with one thread does what the build without OpenMP does; the
    reverse would leave threads idle without a word.
    """
    if is_properties(program):
        return (program,)
    base = program
    if program == "crystal" and parallelism.ranks > 1:
        base = "Pcrystal"
    return (f"{base}OMP",) if parallelism.threads > 1 else (base, f"{base}OMP")


def _candidates(
    executable: str, environment: Mapping[str, str]
) -> tuple[Candidate, ...]:
    found = []
    if directory := environment.get("CRY_BIN_DIR"):
        found.append(
            Candidate(
                executable=str(PurePosixPath(directory, executable)),
                origin="CRY_BIN_DIR",
            )
        )
    if root := environment.get("CRY23_ROOT"):
        arch = environment.get("CRY_ARCH") or DEFAULT_ARCH
        version = environment.get("CRY_VERSION") or DEFAULT_VERSION
        found.append(
            Candidate(
                executable=str(PurePosixPath(root, "bin", arch, version, executable)),
                origin="CRY23_ROOT, CRY_ARCH, CRY_VERSION",
            )
        )
    if directory := environment.get("CRY23_EXEDIR"):
        found.append(
            Candidate(
                executable=str(PurePosixPath(directory, executable)),
                origin="CRY23_EXEDIR",
            )
        )
    found.append(Candidate(executable=executable, origin="PATH"))
    return tuple(found)


def _variables(parallelism: Parallelism, *, is_serial: bool) -> tuple[Variable, ...]:
    stack = (
        Variable(
            name="OMP_STACKSIZE",
            value=STACK_SIZE,
            origin="CRYSTAL's threads need more stack than the default",
        ),
    )
    return (
        *parallel.openmp_variables(parallelism),
        *(stack if parallelism.threads > 1 else ()),
        *(() if is_serial else parallel.mpi_variables()),
    )


def _main_output(step: StepRequest) -> str:
    """`mgo.d12` → `mgo.out`, `mgo.d3` → `mgo.outp`, as CRYSTAL's scripts do."""
    stem = PurePosixPath(step.input.name).stem
    return f"{stem}.outp" if is_properties(step.program) else f"{stem}.out"
