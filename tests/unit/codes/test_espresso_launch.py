import os

import pytest

from crystalmathd.codes.base import InputFile, InputRefusedError, Launch, StepRequest
from crystalmathd.codes.espresso import Espresso
from crystalmathd.models.plans import Resources

CODE = Espresso()

SCF = """&control
 calculation = 'scf'
 prefix = 'si'
 outdir = './out'
{control}/
&system
 ntyp = 1
/
ATOMIC_SPECIES
Si 28.086 Si.pz-vbc.UPF
K_POINTS gamma
"""


def scf(control: str = "", name: str = "si.scf.in") -> StepRequest:
    text = SCF.format(control=control).encode()
    return StepRequest(program="pw.x", input=InputFile(name=name, text=text))


def step(program: str, text: str, name: str = "si.x.in") -> StepRequest:
    return StepRequest(program=program, input=InputFile(name=name, text=text.encode()))


def launch(
    request: StepRequest, environment: dict[str, str] | None = None, ranks: int = 1
) -> Launch:
    parallelism = CODE.parallelism((request,), Resources(ranks=ranks), 2)
    return CODE.launch(request, parallelism, environment or {}, None)


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("si.in", "pw.x"),
        ("si.scf.in", "pw.x"),
        ("si.pwi", "pw.x"),
        ("si.pw.in", "pw.x"),
        ("si.bands.in", "bands.x"),
        ("si.dos.in", "dos.x"),
        ("bands.in", "pw.x"),
        ("si.ph.in", "ph.x"),
    ],
)
def test_the_name_of_an_input_guesses_its_program(name: str, program: str) -> None:
    assert CODE.program_for(name) == program


def test_a_namelist_of_another_program_is_refused_with_its_name() -> None:
    with pytest.raises(
        InputRefusedError, match=r"&bands.*pw\.x expects &control.*bands\.x"
    ):
        CODE.check((step("pw.x", "&bands\n/\n"),))
    with pytest.raises(InputRefusedError, match="no namelist"):
        CODE.check((step("pw.x", "Si\n"),))
    with pytest.raises(InputRefusedError, match=r"pw2w\.x"):
        CODE.check((step("pw2w.x", "&x\n/\n"),))


@pytest.mark.parametrize("key", ["outdir", "pseudo_dir"])
def test_a_relative_path_out_of_scratch_is_refused(key: str) -> None:
    with pytest.raises(InputRefusedError, match=key):
        CODE.check((step("pw.x", f"&control\n {key} = '../shared'\n/\n"),))


def test_two_steps_never_write_one_output() -> None:
    with pytest.raises(InputRefusedError):
        CODE.check((scf(name="si.in"), scf(name="si.pwi")))


def test_a_step_that_reads_what_no_step_wrote_is_warned_of() -> None:
    bands = step("bands.x", "&bands\n prefix='si', outdir='out/'\n/\n", "b.in")
    assert CODE.check((scf(), bands)) == ()
    (alone,) = CODE.check((bands,))
    assert "earlier pw.x" in alone
    other = step("bands.x", "&bands\n/\n", "c.in")
    (wrong,) = CODE.check((scf(), other))
    assert "prefix 'pwscf'" in wrong
    assert "prefix 'si'" in wrong


def test_an_absolute_outdir_is_warned_of() -> None:
    (warning,) = CODE.check((step("pw.x", "&control\n outdir='/scratch'\n/\n"),))
    assert "/scratch" in warning


def test_the_command_line_is_that_of_espresso() -> None:
    serial, parallel = launch(scf()), launch(scf(), ranks=2)
    assert serial.launcher == ()
    assert serial.arguments == ("-in", "si.scf.in")
    assert (serial.stdout, serial.stderr) == ("si.scf.out", "si.scf.err")
    assert serial.good_codes == (0,)
    assert parallel.launcher == ("mpirun", "-np", "2")
    names = {variable.name for variable in parallel.environment}
    assert ("OMPI_ALLOW_RUN_AS_ROOT" in names) == (os.geteuid() == 0)


def test_executables_are_sought_in_espressos_directories_then_on_path() -> None:
    environment = {"ESPRESSO_ROOT": "/qe", "ESPRESSO_BIN_DIR": "/b"}
    found = launch(scf(), environment).candidates
    assert [candidate.executable for candidate in found] == [
        "/b/pw.x",
        "/qe/bin/pw.x",
        "pw.x",
    ]
    assert "ESPRESSO_BIN_DIR" in launch(scf()).missing_hint


def test_pseudopotentials_are_sought_where_the_input_or_the_user_says() -> None:
    def told(
        request: StepRequest, environment: dict[str, str] | None = None
    ) -> str | None:
        variables = launch(request, environment).environment
        return {v.name: v.value for v in variables}.get("ESPRESSO_PSEUDO")

    assert told(scf()) == "./"
    assert told(scf(), {"ESPRESSO_PSEUDO": "/pp"}) == "/pp"
    assert told(scf(" pseudo_dir='/pp'\n")) is None
    assert launch(scf()).warnings != ()
    assert launch(scf(), {"ESPRESSO_PSEUDO": "/pp"}).warnings == ()


def test_a_relative_pseudo_dir_is_made_in_scratch() -> None:
    request = scf(" pseudo_dir = './pseudo/'\n")
    staged = CODE.staging("si", (request,), ("Si.pz-vbc.UPF", "notes.txt"))
    places = {s.name: s.scratch_name for s in staged.stage_in}
    assert places == {
        "si.scf.in": "si.scf.in",
        "Si.pz-vbc.UPF": "pseudo/Si.pz-vbc.UPF",
        "notes.txt": "notes.txt",
    }
    (missing,) = CODE.staging("si", (request,), ()).missing
    assert "Si.pz-vbc.UPF" in missing


def test_an_absolute_pseudo_dir_is_left_alone() -> None:
    staged = CODE.staging("si", (scf(" pseudo_dir = '/pp'\n"),), ())
    assert staged.missing == ()


def test_what_the_inputs_name_comes_back_under_free_names() -> None:
    bands = step(
        "bands.x",
        "&bands\n prefix='si', outdir='./out', filband='si.bands.out'\n/\n",
        "si.bands.in",
    )
    staged = CODE.staging("si", (scf(), bands), ())
    back = {s.scratch_name: s.name for s in staged.stage_out}
    assert back["out/si.save/data-file-schema.xml"] == "si.save.data-file-schema.xml"
    assert back["si.bands.out"] == "si.bands.out.data"
    assert back["CRASH"] == "CRASH"
    assert "wfc" not in " ".join(back)
