"""Inputs through the socket: made, checked, submitted, and remembered."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.crystal_options import CrystalOptions
from crystalmath_protocol.sourced import AtomsGiven, StructureSource
from tests.harness import RunningDaemon, deck

A = 2.105
MGO = StructureSource(
    atoms=AtomsGiven(
        lattice_a=((0.0, A, A), (A, 0.0, A), (A, A, 0.0)),
        atomic_numbers=(12, 8),
        positions_a=((0.0, 0.0, 0.0), (A, A, A)),
    )
)
FAST = CrystalOptions(preset="fast")
WRONG = deck().replace("SHRINK", "SHIRNK")


@pytest.fixture
def asked(shared: RunningDaemon) -> Iterator[Connection]:
    with shared.connection() as connection:
        yield connection


def test_a_job_of_a_generated_deck_says_where_it_came_from(
    shared: RunningDaemon, asked: Connection
) -> None:
    made = asked.generate_crystal_input(MGO, FAST, name="mgo")
    [file] = made.files
    path = shared.write("made/mgo.d12", file.text)
    job_id = asked.submit_job(inputs=[str(path)]).jobs[0].job_id
    [generated] = asked.get_job_details(job_id).generated
    assert generated.file == "mgo.d12"
    assert generated.provenance == made.provenance
    assert "generate_crystal_input" in shared.crystalmath("show", job_id).stdout
    other = shared.write("changed/mgo.d12", file.text + "\n")
    job_id = asked.submit_job(inputs=[str(other)]).jobs[0].job_id
    assert asked.get_job_details(job_id).generated == ()


def test_a_generated_deck_is_one_that_may_be_submitted(asked: Connection) -> None:
    made = asked.generate_crystal_input(MGO, FAST, name="mgo")
    texts = {one.name: one.text for one in made.files}
    found = asked.validate_inputs(texts).findings
    assert [one for one in found if one.severity == "error"] == []


def test_an_input_with_an_error_is_refused_with_its_place_and_its_code(
    shared: RunningDaemon, asked: Connection
) -> None:
    path = str(shared.write("wrong/mgo.d12", WRONG))
    for call in (asked.submit_job, asked.explain_job):
        with pytest.raises(RpcError) as refused:
            call(inputs=[path])
        assert refused.value.kind == "job.input_invalid"
        assert "mgo.d12:11: " in refused.value.message
        assert "--force keyword.unknown" in refused.value.message


def test_explain_looks_for_what_takes_too_long_when_a_job_is_submitted(
    shared: RunningDaemon, asked: Connection
) -> None:
    near = deck().replace("8 0.5 0.5 0.5", "8 0.05 0.05 0.05")
    overlapping = str(shared.write("over/mgo.d12", near))
    assert asked.submit_job(inputs=[overlapping], hold=True).jobs
    with pytest.raises(RpcError, match=r"structure\.overlap") as refused:
        asked.explain_job(inputs=[overlapping])
    assert refused.value.kind == "job.input_invalid"
    [forced] = asked.explain_job(
        inputs=[overlapping], force=("structure.overlap",)
    ).plans
    assert forced.overrides == ("structure.overlap",)
    assert any("[structure.overlap]" in one for one in forced.warnings)


def test_a_pseudopotential_that_is_not_here_is_refused(
    shared: RunningDaemon, asked: Connection, tmp_path: Path
) -> None:
    control = f"&CONTROL\n  pseudo_dir = '{tmp_path}'\n/\n"
    system = "&SYSTEM\n  ibrav=1, A=3, nat=1, ntyp=1, ecutwfc=20\n/\n&ELECTRONS\n/\n"
    cards = "ATOMIC_SPECIES\nHe 4.0 He.none.UPF\nATOMIC_POSITIONS crystal\nHe 0 0 0\n"
    path = shared.write("he/he.in", f"{control}{system}{cards}K_POINTS gamma\n")
    with pytest.raises(RpcError) as refusal:
        asked.submit_job(inputs=[str(path)], code="espresso")
    assert "He.none.UPF" in str(refusal.value)
    assert "--force pseudo.missing" in str(refusal.value)
    printed = shared.crystalmath("check", str(path), "--code", "espresso", check=False)
    assert "[pseudo.missing]" in printed.stdout


def test_check_of_a_directory_reads_the_list_of_its_potentials(
    shared: RunningDaemon,
) -> None:
    shared.write("ge/INCAR", "ENCUT = 300\nISMEAR = 0\nSIGMA = 0.05\n")
    shared.write("ge/POTCAR.spec", "functional PBE_54\nGe\n")
    shared.write("ge/KPOINTS", "mesh\n0\nGamma\n4 4 4\n0 0 0\n")
    cell = "Si\n1.0\n0 2.7 2.7\n2.7 0 2.7\n2.7 2.7 0\nSi\n2\nDirect\n"
    poscar = shared.write("ge/POSCAR", f"{cell}0 0 0\n0.25 0.25 0.25\n")
    printed = shared.crystalmath("check", str(poscar.parent), check=False)
    assert "[potcar.species]" in printed.stdout
    assert "potcar.unreadable" not in printed.stdout


def test_an_overridden_error_is_recorded_in_the_plan(
    shared: RunningDaemon, asked: Connection
) -> None:
    path = str(shared.write("forced/mgo.d12", WRONG))
    job_id = asked.submit_job(inputs=[path], force=["keyword.unknown"]).jobs[0].job_id
    plan = asked.get_job_details(job_id).plan
    assert plan.overrides == ("keyword.unknown",)
    assert any("[keyword.unknown]" in warning for warning in plan.warnings)
    copied = asked.clone_job(job_id)
    assert asked.get_job_details(copied.job.job_id).plan.overrides == plan.overrides


def test_one_error_of_a_collection_keeps_all_of_it_back(
    shared: RunningDaemon, asked: Connection
) -> None:
    good = str(shared.write("both/good.d12", deck()))
    bad = str(shared.write("both/bad.d12", WRONG))
    before = len(asked.fetch_jobs(limit=1000).jobs)
    with pytest.raises(RpcError, match="bad would not run"):
        asked.submit_job(inputs=[good, bad])
    assert len(asked.fetch_jobs(limit=1000).jobs) == before


def test_check_prints_as_compilers_do(shared: RunningDaemon) -> None:
    path = shared.write("check/mgo.d12", WRONG)
    done = shared.crystalmath("check", str(path), check=False)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{path}:11:1: error: ")
    assert "[keyword.unknown]" in done.stdout
    replied = shared.crystalmath("check", str(path), "--json", check=False)
    [found] = json.loads(replied.stdout)["findings"]
    assert (found["line"], found["code"]) == (11, "keyword.unknown")
    good = shared.write("check/good.d12", deck())
    assert shared.crystalmath("check", str(good)).returncode == 0


def test_generate_writes_a_deck_and_nothing_over_it(shared: RunningDaemon) -> None:
    folder = shared.home / "generated"
    folder.mkdir()
    poscar = shared.write("POSCAR", _poscar())
    words = ["generate", "crystal", str(poscar), "--preset", "fast"]
    target, provenance = folder / "mgo.d12", folder / "mgo.json"
    shared.crystalmath(*words, "-o", str(target), "--provenance", str(provenance))
    assert target.read_text().splitlines()[1] == "CRYSTAL"
    assert json.loads(provenance.read_text())["sha256"].keys() == {"mgo.d12"}
    again = shared.crystalmath(*words, "-o", str(target), check=False)
    assert again.returncode == 1
    assert "--overwrite" in again.stderr
    shared.crystalmath(*words, "-o", str(target), "--overwrite")
    printed = shared.crystalmath(*words, "--name", "mgo").stdout
    assert printed.rstrip("\n") == target.read_text().rstrip("\n")
    both = shared.crystalmath(*words, "--external", "-o", str(folder / "two") + "/")
    assert {Path(line).suffix for line in both.stdout.split()} == {".d12", ".gui"}
    several = shared.crystalmath(*words, "--external", check=False)
    assert (several.returncode, several.stdout) == (2, "")


def _poscar() -> str:
    lines = [
        *("MgO", "1.0", "0 2.105 2.105", "2.105 0 2.105", "2.105 2.105 0", "Mg O"),
        *("1 1", "Direct", "0 0 0", "0.5 0.5 0.5"),
    ]
    return "\n".join([*lines, ""])


def test_a_template_of_the_user_is_found_and_filled(
    shared: RunningDaemon, asked: Connection
) -> None:
    folder = shared.config.parent / "templates"
    folder.mkdir()
    (folder / "mine.yaml").write_text(
        "name: mine\nextends: single_point\nversion: '2'\n"
        "parameters:\n  functional: {type: select, options: [HF], default: HF}\n"
    )
    made = asked.render_template("mine", {"preset": "fast"}, structure=MGO, name="mgo")
    assert made.provenance is not None
    assert made.provenance.template == "mine 2"
    assert made.settings["functional"] == "HF"
    listed = asked.list_templates(code="crystal")
    assert "mine" in {one.name for one in listed.templates}
    assert listed.directory == str(folder)
    with pytest.raises(RpcError) as refused:
        asked.render_template("mine", {"functional": "PBE"}, structure=MGO)
    assert refused.value.kind == "template.value_refused"
    with pytest.raises(RpcError, match="needs a structure"):
        asked.render_template("mine")
    with pytest.raises(RpcError, match="in 2 directions, and atoms in 3"):
        asked.render_template("surface_slab", structure=MGO)
    (folder / "cut.yaml").write_text(
        "name: cut\ncode: crystal\nfile_name: cut.d12\ninput: hello\n"
    )
    refused_deck = asked.render_template("cut")
    codes = [one.code for one in refused_deck.findings if one.severity == "error"]
    assert (bool(codes), refused_deck.files) == (True, ())
    assert asked.render_template("cut", force=codes).files[0].name == "cut.d12"
    (folder / "bomb.yaml").write_text(
        "name: bomb\ncode: espresso\nfile_name: a.in\ninput: |\n"
        + "  {% for i in range(99999) %}" * 4
        + "{% endfor %}" * 4
        + "\n"
    )
    with pytest.raises(RpcError, match="within 2 s"):
        asked.render_template("bomb")


def test_an_input_of_properties_is_made_of_a_job(
    shared: RunningDaemon, asked: Connection
) -> None:
    path = str(shared.write("wave/mgo.d12", deck()))
    job_id = asked.submit_job(inputs=[path]).jobs[0].job_id
    made = asked.generate_properties_input(StructureSource(job_id=job_id))
    [file] = made.files
    assert file.name == "mgo.d3"
    assert file.text.startswith("BAND\n")
    with pytest.raises(RpcError, match=r"\.d12"):
        asked.generate_properties_input(MGO)
