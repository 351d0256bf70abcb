"""What every DFT code tells the daemon. Text and data in, text and data out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from crystalmathd.models.faults import Fault, Finding
from crystalmathd.models.plans import (
    CleanStop,
    Parallelism,
    Resources,
    StagedFile,
    Variable,
)
from crystalmathd.models.progress import Progress
from crystalmathd.models.restarts import LeftFile, RestartNeeds, RestartOption
from crystalmathd.models.results import Result


@dataclass(frozen=True, kw_only=True, slots=True)
class InputFile:
    """One input of a job: its name beside the others and its text."""

    name: str
    text: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRequest:
    """One step as asked for: the program's name and its input file."""

    program: str
    input: InputFile


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One place where an executable may be: an absolute path, or a name on PATH."""

    executable: str
    origin: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """How one step is started, apart from where its executable is.

    `candidates` are tried in order. `launcher` stands in front of the
    executable, `arguments` behind it. `stdin` names a file in scratch. If
    `stderr` is the same name as `stdout`, both streams go into one file in the
    order they are written. `input_as`: copy the step's input file to this name
    in scratch just before the step starts (CRYSTAL reads a file called INPUT,
    and several steps share one scratch).
    """

    candidates: tuple[Candidate, ...]
    missing_hint: str
    launcher: tuple[str, ...]
    arguments: tuple[str, ...]
    stdin: str | None
    stdout: str
    stderr: str
    environment: tuple[Variable, ...]
    good_codes: tuple[int, ...] = (0,)
    warnings: tuple[str, ...] = ()
    input_as: str | None = None
    clean_stop: CleanStop | None = None
    is_fixed: bool = False
    """This is no program of a site: no profile names its executable or launcher."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Staging:
    """Which files go into scratch under which name, and which come back.

    Inputs of the steps and auxiliary files that the code does not know are
    staged under their own names. `missing` holds a sentence for each file that
    the input needs and that is not among those given.
    """

    stage_in: tuple[StagedFile, ...]
    stage_out: tuple[StagedFile, ...]
    warnings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def is_named(name: str, wanted: str) -> bool:
    """Tell whether a file is one that `Code.result_files` names; `*` stands for any."""
    return name == wanted or ("*" in wanted and fnmatchcase(name, wanted))


class InputRefusedError(Exception):
    """An input that this code cannot run; the message says what and where."""


class ProgressReader(Protocol):
    """Reads the growing output of one step; each byte is fed once.

    What it keeps is plain data: a reader may be pickled and go on elsewhere.
    """

    def feed(self, data: bytes, file: str | None = None) -> None:
        """Take the next bytes of a file, which may end in the middle of a line.

        `file` is one of `progress_files`; None: the main output.
        """

    def progress(self) -> Progress:
        """Return what is known so far."""


class Code(Protocol):
    """A DFT code. A new one is a folder here and a line in `codes/__init__.py`."""

    @property
    def name(self) -> str:
        """The word users type after `--code`."""

    @property
    def title(self) -> str:
        """The name as it is printed."""

    @property
    def programs(self) -> tuple[str, ...]:
        """Every program of this code; the first is the default."""

    @property
    def input_suffixes(self) -> tuple[str, ...]:
        """Endings that make this the code of an input file; empty if never guessed."""

    @property
    def directory_files(self) -> tuple[str, ...]:
        """Files that a directory must hold if the input is a directory; else empty."""

    @property
    def directory_steps(self) -> Mapping[str, tuple[str, str]]:
        """File of a directory → (program that runs on it first, file that it makes).

        The step is left out if the file that it would make is there already.
        """

    @property
    def companion_suffixes(self) -> tuple[str, ...]:
        """Endings of files beside `<stem>.<suffix>` that belong to the same job."""

    @property
    def environment_names(self) -> tuple[str, ...]:
        """Variables that a client may send with a job for this code."""

    @property
    def bulky_roles(self) -> frozenset[str]:
        """Roles of files that stay where the job ran until somebody asks for them."""

    @property
    def role_parts(self) -> Mapping[str, tuple[str, ...]]:
        """Role → all the roles whose files are needed together, where it is not one."""

    def program_for(self, input_name: str) -> str:
        """Return the program that an input of this name is for."""

    def echoed_input(self, output: bytes) -> bytes | None:
        """Return the input that stands in a main output; None if none does.

        `output`: the output, or its beginning.
        """

    def check(self, steps: Sequence[StepRequest]) -> tuple[str, ...]:
        """Return warnings about the inputs.

        Raises
        ------
        InputRefusedError
            If the code cannot run one of them.
        """

    def parallelism(
        self, steps: Sequence[StepRequest], asked: Resources, cores: int
    ) -> Parallelism:
        """Choose ranks and threads on a machine part with `cores` cores."""

    def launch(
        self,
        step: StepRequest,
        parallelism: Parallelism,
        environment: Mapping[str, str],
        memory_mb: int | None,
    ) -> Launch:
        """Say how one step is started; `environment` holds `environment_names`."""

    def staging(
        self, stem: str, steps: Sequence[StepRequest], auxiliary: Sequence[str]
    ) -> Staging:
        """Map the job's files to names in scratch and back.

        `stem` is the job's name for files, `auxiliary` the names of the other
        files that came with the job (`mgo.gui`, `Si.pz-vbc.UPF`).
        """

    def set_value(self, step: StepRequest, key: str, value: str) -> bytes:
        """Return the step's input with one value replaced or added.

        Raises
        ------
        InputRefusedError
            If the key is not one of this input, or its place is not clear.
        """

    def get_value(self, step: StepRequest, key: str) -> str | None:
        """Return the value of a key as it is written; None if it does not stand there.

        Raises
        ------
        InputRefusedError
            As `set_value`.
        """

    def remove_value(self, step: StepRequest, key: str) -> bytes:
        """Return the step's input without a key; as it was if it does not stand there.

        Raises
        ------
        InputRefusedError
            As `set_value`.
        """

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every failure of this code that is known, the surest cause first."""

    def fault_texts(self, program: str, stdout: str) -> Mapping[str, str]:
        """Name the files of `outputs/` in which faults are looked for → their role."""

    def judge(self, result: Result) -> tuple[Finding, ...]:
        """Return the troubles that the numbers of a run show, beside its messages."""

    def restarts(
        self,
        steps: Sequence[StepRequest],
        parallelism: Parallelism,
        results: Sequence[Result],
        left: Sequence[LeftFile],
    ) -> tuple[RestartOption, ...]:
        """Say how a run can be gone on from, the best way first.

        `steps` and `parallelism` are those of the run, `results` what its outputs say
        (one a step that began), `left` the files that it has left. What cannot be done
        is said too, with its obstacles.
        """

    @property
    def restart_needs(self) -> Mapping[str, RestartNeeds]:
        """Role of a file → what a job that takes it up must not change."""

    def recognise(self, name: str, head: bytes) -> str | None:
        """Return the program whose main output this is, from its name and beginning.

        Main is the file that `read_result` wants first. None if it is none of ours.
        """

    def inputs_beside(
        self, program: str, output: str, names: Sequence[str]
    ) -> tuple[str, ...]:
        """Pick the inputs that belong to a main output out of the names beside it."""

    def progress_reader(self, program: str) -> ProgressReader:
        """Return a reader for the standard output of one program."""

    def progress_files(self, program: str) -> tuple[str, ...]:
        """Name the files in scratch that tell more while they grow beside it."""

    def result_files(self, program: str, stdout: str) -> tuple[str, ...]:
        """Name the files of `outputs/` that `read_result` wants, stdout first.

        A name with `*` stands for all files like it (see `is_named`).
        """

    def read_result(
        self, program: str, stdout: str, files: Mapping[str, bytes]
    ) -> Result:
        """Read what the finished outputs of one step say; never raises for content.

        `files` holds those of `result_files` that exist.
        """
