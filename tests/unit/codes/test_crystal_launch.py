import os

import pytest

from crystalmathd.codes.base import InputFile, InputRefusedError, Launch, StepRequest
from crystalmathd.codes.crystal import Crystal
from crystalmathd.models.plans import Resources

CODE = Crystal()


def step(program: str = "crystal", name: str = "mgo.d12") -> StepRequest:
    return StepRequest(program=program, input=InputFile(name=name, text=b"MgO\n"))


def launch(
    request: StepRequest,
    environment: dict[str, str] | None = None,
    *,
    ranks: int | None = None,
    threads: int | None = None,
) -> Launch:
    asked = Resources(ranks=ranks, threads=threads)
    parallelism = CODE.parallelism((request,), asked, 56)
    return CODE.launch(request, parallelism, environment or {}, None)


def on_path(result: Launch) -> list[str]:
    return [c.executable for c in result.candidates if c.origin == "PATH"]


@pytest.mark.parametrize(
    ("ranks", "threads", "executables"),
    [
        (None, None, ["crystal", "crystalOMP"]),
        (1, 8, ["crystalOMP"]),
        (4, None, ["Pcrystal", "PcrystalOMP"]),
        (14, 4, ["PcrystalOMP"]),
    ],
)
def test_ranks_and_threads_choose_the_variant(
    ranks: int | None, threads: int | None, executables: list[str]
) -> None:
    assert on_path(launch(step(), ranks=ranks, threads=threads)) == executables


def test_a_serial_run_reads_input_on_stdin_and_a_parallel_one_the_file() -> None:
    serial, parallel = launch(step()), launch(step(), ranks=4)
    assert (serial.stdin, serial.input_as, serial.launcher) == ("INPUT", "INPUT", ())
    assert (parallel.stdin, parallel.input_as) == (None, "INPUT")
    assert parallel.launcher == ("mpirun", "-np", "4")


def test_both_streams_go_into_one_output() -> None:
    result = launch(step())
    assert (result.stdout, result.stderr) == ("mgo.out", "mgo.out")
    assert launch(step("properties", "mgo.d3")).stdout == "mgo.outp"


def test_properties_stays_serial_and_mppcrystal_is_run_when_named() -> None:
    assert launch(step("properties", "mgo.d3"), ranks=4).launcher == ()
    assert on_path(launch(step("MPPcrystal"), ranks=4)) == [
        "MPPcrystal",
        "MPPcrystalOMP",
    ]
    assert launch(step("Pproperties", "mgo.d3"), ranks=4).launcher != ()


def test_executables_are_sought_from_the_most_particular_place_on() -> None:
    environment = {
        "CRY23_EXEDIR": "/e",
        "CRY23_ROOT": "/r",
        "CRY_ARCH": "a",
        "CRY_BIN_DIR": "/b",
    }
    found = launch(step(), environment, threads=2).candidates
    assert [(c.executable, c.origin) for c in found] == [
        ("/b/crystalOMP", "CRY_BIN_DIR"),
        ("/r/bin/a/v1.0.1/crystalOMP", "CRY23_ROOT, CRY_ARCH, CRY_VERSION"),
        ("/e/crystalOMP", "CRY23_EXEDIR"),
        ("crystalOMP", "PATH"),
    ]


def test_the_hint_says_what_to_set() -> None:
    hint = launch(step()).missing_hint
    assert "CRY23_ROOT" in hint
    assert "CRY_BIN_DIR" in hint
    assert "crystalOMP" in hint


def test_threads_get_a_stack_and_ranks_what_mpirun_wants() -> None:
    values = {v.name: v.value for v in launch(step(), ranks=2, threads=4).environment}
    assert values["OMP_NUM_THREADS"] == "4"
    assert values["OMP_STACKSIZE"] == "256M"
    assert ("OMPI_ALLOW_RUN_AS_ROOT" in values) == (os.geteuid() == 0)
    serial = {v.name for v in launch(step()).environment}
    assert serial == {"OMP_NUM_THREADS"}


def test_a_deck_named_input_is_not_copied_onto_itself() -> None:
    assert launch(step(name="INPUT")).input_as is None


@pytest.mark.parametrize(
    "steps",
    [
        (step("vasp_std"),),
        (StepRequest(program="crystal", input=InputFile(name="a.d12", text=b" \n")),),
        (StepRequest(program="crystal", input=InputFile(name="a.d12", text=b"a\0")),),
        (step(name="mgo.d12"), step(name="mgo.inp")),
    ],
)
def test_what_cannot_run_is_refused(steps: tuple[StepRequest, ...]) -> None:
    with pytest.raises(InputRefusedError):
        CODE.check(steps)


def test_a_d3_is_for_properties() -> None:
    assert CODE.program_for("mgo.D3") == "properties"
    assert CODE.program_for("mgo.d12") == "crystal"
