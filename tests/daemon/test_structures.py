"""Structures through the socket and from the command line."""

import json
from pathlib import Path

import pytest

from crystalmath import Connection
from crystalmath.errors import RpcError
from crystalmath_protocol.sourced import AtomsGiven, OriginGiven, StructureSource
from crystalmath_protocol.structures import TransformStep
from tests.harness import RunningDaemon, deck, submit

PNG = b"\x89PNG\r\n\x1a\n"
POSCAR = """rock salt
1.0
0.0 2.1 2.1
2.1 0.0 2.1
2.1 2.1 0.0
Mg O
1 1
Direct
0 0 0
0.5 0.5 0.5
"""
MGO = StructureSource(text=POSCAR, file_name="POSCAR")


@pytest.fixture
def daemon(shared: RunningDaemon) -> RunningDaemon:
    return shared


def kept(connection: Connection, name: str, **options: object) -> None:
    connection.import_structure(name, MGO, replace=True, **options)  # type: ignore[arg-type]


def test_a_structure_is_kept_listed_and_forgotten(connection: Connection) -> None:
    kept(connection, "salt", tags=["oxide", "oxide"])
    [one] = connection.fetch_structures(tag="oxide").structures
    assert (one.name, one.formula, one.n_atoms) == ("salt", "Mg O", 2)
    assert one.tags == ("oxide",)
    with pytest.raises(RpcError, match="already") as taken:
        connection.import_structure("salt", MGO)
    assert taken.value.kind == "structure.exists"
    connection.delete_structure("salt")
    assert connection.fetch_structures(tag="oxide").structures == ()
    with pytest.raises(RpcError, match="no structure salt") as gone:
        connection.delete_structure("salt")
    assert gone.value.kind == "structure.not_found"
    for name in ("mp-1265", "mp-aaaaaaft", "mvc-12"):
        with pytest.raises(RpcError, match="id of a material"):
            connection.import_structure(name, MGO)


@pytest.mark.parametrize("name", ["", "a/b", "job:1", "../x", "a b", "x" * 65])
def test_a_name_that_would_be_taken_for_something_else_is_refused(
    connection: Connection, name: str
) -> None:
    with pytest.raises(RpcError) as refused:
        connection.import_structure(name, MGO)
    assert refused.value.kind == "rpc.invalid_params"


def test_a_structure_is_seen_from_every_source(
    daemon: RunningDaemon, connection: Connection
) -> None:
    kept(connection, "seen")
    sha256 = connection.store_document(POSCAR.encode())
    atoms = AtomsGiven(
        lattice_a=((0.0, 2.1, 2.1), (2.1, 0.0, 2.1), (2.1, 2.1, 0.0)),
        atomic_numbers=(12, 8),
        positions_a=((0.0, 0.0, 0.0), (2.1, 2.1, 2.1)),
    )
    job_id = submit(daemon, connection, deck())
    connection.wait(job_id)
    leave(connection, job_id, atoms)
    for source, kind in (
        (MGO, "file"),
        (StructureSource(blob=sha256), "file"),
        (StructureSource(library="seen"), "file"),
        (StructureSource(atoms=atoms), "request"),
        (StructureSource(job_id=job_id), "job"),
    ):
        seen = connection.preview_structure(source)
        assert (seen.formula, seen.sourced.origin.kind) == ("Mg O", kind)
        assert [one.number for one in seen.symmetries] == [225] * 3


def leave(connection: Connection, job_id: str, atoms: AtomsGiven) -> None:
    """Put atoms into the results of a job, of which the stand-in leaves none."""
    record = Path(connection.get_job_details(job_id).directory, "results.json")
    data = json.loads(record.read_text())
    data["results"][0]["final_structure"] = {
        "dimension": 3,
        "lattice_a": atoms.lattice_a,
        "atomic_numbers": atoms.atomic_numbers,
        "positions_a": atoms.positions_a,
    }
    record.write_text(json.dumps(data))


def test_what_a_job_leaves_has_the_licence_of_what_its_input_was_made_of(
    daemon: RunningDaemon, connection: Connection
) -> None:
    origin = OriginGiven(kind="material", name="mp-1265", licence="CC BY 4.0")
    atoms = AtomsGiven(
        lattice_a=((0.0, 2.1, 2.1), (2.1, 0.0, 2.1), (2.1, 2.1, 0.0)),
        atomic_numbers=(12, 8),
        positions_a=((0.0, 0.0, 0.0), (2.1, 2.1, 2.1)),
        origin=origin,
    )
    made = connection.generate_crystal_input(StructureSource(atoms=atoms))
    job_id = submit(daemon, connection, made.files[0].text)
    connection.wait(job_id)
    leave(connection, job_id, atoms)
    seen = connection.preview_structure(StructureSource(job_id=job_id)).sourced.origin
    assert (seen.kind, seen.name) == ("transformed", "mp-1265")
    assert (seen.licence, seen.steps) == ("CC BY 4.0", (f"job {job_id}",))


def test_sources_that_are_none_are_refused(
    daemon: RunningDaemon, connection: Connection
) -> None:
    held = submit(daemon, connection, deck(), hold=True)
    empty = AtomsGiven(lattice_a=(), atomic_numbers=(1,), positions_a=())
    for source, kind, said in (
        (StructureSource(), "structure.refused", "none is given"),
        (
            StructureSource(text=POSCAR, library="x"),
            "structure.refused",
            "text, library",
        ),
        (StructureSource(library="nobody"), "structure.not_found", "structure list"),
        (StructureSource(blob="0" * 64), "blob.not_found", "no document"),
        (StructureSource(job_id="999999"), "job.not_found", "no job"),
        (StructureSource(job_id=held), "job.wrong_state", "has ended"),
        (StructureSource(atoms=empty), "structure.unreadable", "1 elements and 0"),
        (StructureSource(text="hello"), "structure.unreadable", "not recognised"),
        (StructureSource(text=POSCAR, format="cif"), "structure.unreadable", "data_"),
    ):
        with pytest.raises(RpcError, match=said) as refused:
            connection.preview_structure(source)
        assert refused.value.kind == kind


def test_steps_are_done_in_order_and_written_down(connection: Connection) -> None:
    steps = [
        TransformStep(kind="conventional"),
        TransformStep(kind="slab", miller=(0, 0, 1), layers=3),
    ]
    made = connection.transform_structure(MGO, steps)
    assert made.sourced.structure.dimension == 2
    assert "layer group p4/mmm (61)" in made.notes[1]
    assert made.sourced.origin.steps == (
        "conventional",
        "slab (0 0 1) layers 3 termination 0",
    )
    written = connection.convert_structure(MGO, "d12", steps=steps)
    assert (written.text or "").splitlines()[1] == "SLAB"
    wrong = TransformStep(kind="vacancy", element="Fe")
    with pytest.raises(RpcError, match=r"step 2 \(vacancy Fe\): there is no Fe"):
        connection.transform_structure(MGO, [steps[0], wrong])


def test_a_large_structure_travels_in_pieces(connection: Connection) -> None:
    matrix = ((20.0, 0.0, 0.0), (0.0, 20.0, 0.0), (0.0, 0.0, 20.0))
    step = TransformStep(kind="supercell", matrix=matrix)
    written = connection.convert_structure(MGO, "xyz", steps=[step])
    text = written.text or ""
    assert text.startswith("16000\n")
    assert len(text) > 1 << 19
    sha256 = connection.store_document(text.encode())
    assert connection.store_document(text.encode()) == sha256
    made = connection.transform_structure(StructureSource(blob=sha256), [])
    assert made.sourced.structure.atomic_numbers[:1] == (12,)
    assert len(made.sourced.structure.atomic_numbers) == 16000


def test_a_structure_is_drawn(connection: Connection) -> None:
    assert connection.draw_structure(MGO).startswith(PNG)


def test_the_daemon_does_not_grow_while_structures_are_worked_on(
    daemon: RunningDaemon, connection: Connection
) -> None:
    assert daemon.process is not None
    status = Path(f"/proc/{daemon.process.pid}/status")

    def resident_mb() -> float:
        [line] = [x for x in status.read_text().splitlines() if x.startswith("VmRSS")]
        return int(line.split()[1]) / 1024

    connection.preview_structure(MGO)
    before = resident_mb()
    step = TransformStep(kind="rattle", amplitude_a=0.01)
    for seed in range(8):
        connection.preview_structure(MGO)
        one = TransformStep(kind="rattle", amplitude_a=0.01, seed=seed)
        connection.convert_structure(MGO, "poscar", steps=[step, one])
    assert resident_mb() - before < 5


def test_the_command_shows_converts_and_keeps(daemon: RunningDaemon) -> None:
    path = daemon.home / "POSCAR"
    path.write_text(POSCAR)
    shown = daemon.crystalmath("structure", "show", str(path)).stdout
    assert "space group  Fm-3m (225) within 0.001, 0.01, 0.1 Å" in shown
    assert "Mg" in shown.rpartition("shortest")[2]
    say = daemon.crystalmath("structure", "import", str(path), "--name", "cli").stdout
    assert say == "cli: Mg O, 2 atoms\n"
    assert "cli" in daemon.crystalmath("structure", "list").stdout
    for name, begins in (
        ("mgo.cif", "data_"),
        ("mgo.d12", "Mg"),
        ("CONTCAR", "Mg O"),
        ("mgo.gui", "   3"),
    ):
        target = daemon.home / name
        daemon.crystalmath("structure", "convert", "cli", "-o", str(target))
        assert target.read_text().startswith(begins), name
        again = daemon.crystalmath("structure", "show", str(target), "--json").stdout
        assert json.loads(again)["reduced_formula"] == "MgO"
    png = daemon.home / "mgo.png"
    daemon.crystalmath("structure", "show", "cli", "-o", str(png))
    assert png.read_bytes().startswith(PNG)
    words = ("--supercell", "2 2 2", "--vacancy", "O", "--supercell", "1 1 2")
    made = daemon.crystalmath("structure", "transform", "cli", *words).stdout
    assert json.loads(made)["origin"]["steps"][1] == "vacancy O"
    assert len(json.loads(made)["structure"]["atomic_numbers"]) == 30
    rough = ("transform", "cli", "--displace", "1 0.03 0 0", "--standardise")
    rough = (*rough, "--tolerance", "0.1")
    refused = daemon.crystalmath("structure", *rough, check=False)
    assert "(--may-shift)" in refused.stderr
    made = daemon.crystalmath("structure", *rough, "--may-shift").stdout
    assert json.loads(made)["origin"]["steps"][-1].endswith("0.1 may_shift")
    said = daemon.crystalmath("structure", "delete", "cli").stdout
    assert said == "cli is forgotten.\n"


def test_the_command_says_what_is_no_source(daemon: RunningDaemon) -> None:
    for word, said, code in (
        ("nobody", "no structure nobody", 4),
        ("./nobody.cif", "There is no file", 4),
        ("job:x", "is no source", 2),
        ("job:99999", "no job", 4),
        (str(daemon.home), "directory", 1),
    ):
        done = daemon.crystalmath("structure", "show", word, check=False)
        assert said in done.stderr
        assert done.returncode == code, done.stderr
    path = daemon.home / "POSCAR"
    path.write_text(POSCAR)
    for words, said in (
        (("transform", str(path)), "name a step"),
        (("transform", str(path), "--slab", "1 0", "-f", "cif"), "3 numbers"),
        (("convert", str(path), "-o", "x.docx"), "--format"),
        (("convert", str(path), "-f", "docx"), "docx"),
    ):
        done = daemon.crystalmath("structure", *words, check=False)
        assert said in done.stderr
        assert done.returncode == 2
