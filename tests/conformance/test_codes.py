"""What every DFT code of this daemon must do, whichever it is."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalmathd.codes import CODES
from crystalmathd.codes.base import Code, InputFile, InputRefusedError, StepRequest
from crystalmathd.models.faults import Severity
from crystalmathd.models.plans import Resources
from crystalmathd.models.results import Grade, Result

MGO = b"""MgO
CRYSTAL
0 0 0
225
4.21
1
12 0. 0. 0.
END
12 1
1 0 3 2 0
99 0
END
SHRINK
8 8
END
"""

INPUTS = {
    "crystal": (
        "mgo.d12",
        MGO,
    ),
    "espresso": ("si.scf.in", b"&control\n prefix='si', outdir='./out'\n/\n"),
    "vasp": ("INCAR", b"ENCUT = 400\n"),
}
INPUTS["pyscf"] = INPUTS["crystal"]
"""One small input a code; a new code adds a line."""

PRINTED = b""" CYC   1 ETOT(AU) -1.868718016652E+03 DETOT  1.56E+01 tst  0.00E+00
 == SCF ENDED - CONVERGENCE ON ENERGY      E(AU) -1.8691951594307E+03 CYCLES  13
     iteration #  2     ecut=    20.00 Ry     beta= 0.70
!    total energy              =     -15.84452726 Ry
     Error in routine broyden (1):
DAV:   2    -0.192275050096E+02    0.43077E+00   -0.23024E+00    16
   1 F= -.36096772E+02 E0= -.36096169E+02  d E =-.120517E-02
 EEEEEEEEEE TERMINATION  DATE 24 07 2024 TIME 20:05:15.4
   JOB DONE.
"""

KEY_PATTERN = r"[A-Za-z][A-Za-z0-9_.()%-]{0,20}"
"""As in clone_job's edits."""

codes = pytest.mark.parametrize("code", CODES.values(), ids=CODES.keys())


def step_of(code: Code) -> StepRequest:
    name, text = INPUTS[code.name]
    program = code.program_for(name)
    return StepRequest(program=program, input=InputFile(name=name, text=text))


@codes
def test_it_stands_in_the_table_under_its_own_name(code: Code) -> None:
    assert CODES[code.name] is code
    assert code.title
    assert code.name in INPUTS


@codes
def test_its_default_program_is_one_of_its_programs(code: Code) -> None:
    assert code.programs
    assert len(set(code.programs)) == len(code.programs)
    for name in ("a.d12", "a.d3", "a.in", "a.bands.in", "INCAR", "", ".", "x" * 300):
        assert code.program_for(name) in code.programs


@codes
def test_its_suffixes_begin_with_a_dot_and_are_lower_case(code: Code) -> None:
    for suffix in (*code.input_suffixes, *code.companion_suffixes):
        assert suffix.startswith(".")
        assert suffix == suffix.lower()


@codes
def test_a_good_input_passes_and_an_unknown_program_does_not(code: Code) -> None:
    step = step_of(code)
    code.check((step,))
    unknown = StepRequest(program="no-such-program", input=step.input)
    with pytest.raises(InputRefusedError, match="no-such-program"):
        code.check((unknown,))


@codes
@settings(max_examples=50, deadline=None)
@given(text=st.binary(max_size=300))
def test_any_bytes_are_accepted_or_refused_in_words(code: Code, text: bytes) -> None:
    name, _ = INPUTS[code.name]
    step = StepRequest(
        program=code.program_for(name), input=InputFile(name=name, text=text)
    )
    try:
        code.check((step,))
    except InputRefusedError as error:
        message = str(error)
    else:
        message = "accepted"
        code.staging("job", (step,), ("other.file",))
        parallelism = code.parallelism((step,), Resources(), 2)
        code.launch(step, parallelism, {}, None)
    assert message


KEYS = {
    "crystal": ("SHRINK", "4 4"),
    "espresso": ("prefix", "germanium"),
    "vasp": ("ENCUT", "520"),
}
KEYS["pyscf"] = KEYS["crystal"]
"""A key that stands in the small input, and another value for it."""


@codes
def test_a_value_is_set_and_the_input_is_still_good(code: Code) -> None:
    step = step_of(code)
    key, value = KEYS[code.name]
    text = code.set_value(step, key, value)
    assert value.encode() in text
    assert len(text.splitlines()) == len(step.input.text.splitlines())
    edited = replace(step, input=replace(step.input, text=text))
    code.check((edited,))
    assert code.set_value(edited, key, value) == text


@codes
@settings(max_examples=100, deadline=None)
@given(
    text=st.binary(max_size=100),
    is_good=st.booleans(),
    key=st.from_regex(KEY_PATTERN, fullmatch=True),
    value=st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20),
)
def test_any_key_and_value_are_set_or_refused_in_words(
    code: Code,
    text: bytes,
    is_good: bool,  # noqa: FBT001
    key: str,
    value: str,
) -> None:
    step = step_of(code)
    if not is_good:
        step = replace(step, input=replace(step.input, text=text))
    try:
        said = code.set_value(step, key, value) or b"no text"
    except InputRefusedError as error:
        said = str(error).encode()
    assert said


@codes
@pytest.mark.parametrize("asked", [Resources(), Resources(ranks=1, threads=2)])
def test_ranks_and_threads_have_numbers_and_reasons(
    code: Code, asked: Resources
) -> None:
    chosen = code.parallelism((step_of(code),), asked, 2)
    assert chosen.ranks >= 1
    assert chosen.threads >= 1
    assert chosen.ranks_reason
    assert chosen.threads_reason


@codes
def test_a_launch_names_executables_streams_and_origins(code: Code) -> None:
    step = step_of(code)
    parallelism = code.parallelism((step,), Resources(), 2)
    launch = code.launch(step, parallelism, {}, 1000)
    assert launch.candidates
    assert launch.missing_hint
    assert launch.good_codes == (0,)
    for name in (launch.stdout, launch.stderr, launch.stdin, launch.input_as):
        assert name is None or PurePosixPath(name).name == name
    assert launch.stdout != step.input.name
    for candidate in launch.candidates:
        assert candidate.executable
        assert candidate.origin
    names = [variable.name for variable in launch.environment]
    assert len(set(names)) == len(names)
    for variable in launch.environment:
        assert variable.origin


@codes
def test_staging_stays_inside_its_directories(code: Code) -> None:
    step = step_of(code)
    companions = tuple(f"job{suffix}" for suffix in code.companion_suffixes)
    staging = code.staging("job", (step,), (*companions, "any.file"))
    names = {staged.name: staged.scratch_name for staged in staging.stage_in}
    assert step.input.name in names
    assert "any.file" in names or "any.file" in " ".join(staging.warnings)
    for staged in (*staging.stage_in, *staging.stage_out):
        assert PurePosixPath(staged.name).name == staged.name
        path = PurePosixPath(staged.scratch_name)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert staged.role
    targets = [s.scratch_name for s in staging.stage_in]
    assert len(set(targets)) == len(targets)
    back = [s.name for s in staging.stage_out if "*" not in s.scratch_name]
    assert len(set(back)) == len(back)
    parallelism = code.parallelism((step,), Resources(), 2)
    launch = code.launch(step, parallelism, {}, None)
    assert not {launch.stdout, launch.stderr} & set(back)


@codes
def test_where_the_output_is_cut_makes_no_difference_to_progress(code: Code) -> None:
    for program in code.programs:
        whole = code.progress_reader(program)
        whole.feed(PRINTED)
        byte_by_byte = code.progress_reader(program)
        for position in range(len(PRINTED)):
            byte_by_byte.feed(PRINTED[position : position + 1])
        assert byte_by_byte.progress() == whole.progress()
        assert whole.progress().program == program


@codes
def test_progress_before_the_first_byte_has_a_phase_and_no_cycles(code: Code) -> None:
    progress = code.progress_reader(code.programs[0]).progress()
    assert progress.phase
    assert progress.cycles == ()


@codes
@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=2000))
def test_garbage_is_read_without_complaint(code: Code, data: bytes) -> None:
    reader = code.progress_reader(code.programs[0])
    reader.feed(data)
    reader.progress()
    assert read(code, data).energy_ev is None


@codes
def test_nothing_and_every_beginning_of_an_output_is_read(code: Code) -> None:
    program = code.programs[0]
    empty = code.read_result(program, "job.out", {})
    assert empty.grade is Grade.UNKNOWN
    assert not empty.is_normal_end
    for length in range(len(PRINTED)):
        result = read(code, PRINTED[:length])
        assert result.code == code.name
        assert result.program == program


def read(code: Code, data: bytes) -> Result:
    program = code.programs[0]
    names = code.result_files(program, "job.out")
    assert names[0] == "job.out"
    assert not any(PurePosixPath(name).is_absolute() for name in names)
    assert not any(".." in PurePosixPath(name).parts for name in names)
    return code.read_result(program, "job.out", dict.fromkeys(names, data))


@codes
def test_each_of_its_faults_can_be_searched_for_and_tells_what_it_is(
    code: Code,
) -> None:
    assert len({fault.key for fault in code.faults}) == len(code.faults)
    for fault in code.faults:
        assert fault.literals, fault.key
        assert all(len(text.strip()) > 2 for text in fault.literals), fault.key
        assert fault.cause, fault.key
        assert fault.meaning, fault.key
        assert fault.source, fault.key
        assert fault.remedies or fault.severity is not Severity.FATAL, fault.key
        assert fault.n_lines > 0, fault.key


@codes
def test_the_texts_in_which_it_looks_for_faults_begin_with_the_main_output(
    code: Code,
) -> None:
    texts = code.fault_texts(code.programs[0], "run.out")
    assert next(iter(texts.items())) == ("run.out", "stdout")
