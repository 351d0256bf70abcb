"""What SOURCE means, steps in their order, and the picture in characters."""

import base64
from pathlib import Path
from typing import Any

import click
import pytest

from crystalmath.blob_calls import store_document
from crystalmath.cli import structure_source as sources
from crystalmath.cli import structure_steps as steps
from crystalmath.cli.output import Output
from crystalmath.cli.structure_text import origin_text, preview_text
from crystalmath.cli.structure_view import structure_view
from crystalmath_protocol.blobs import CHUNK_BYTES, PutBlobResult
from crystalmath_protocol.calculations import Structure
from crystalmath_protocol.sourced import Origin, SourcedStructure
from crystalmath_protocol.structures import (
    ConvertStructureResult,
    Look,
    Preview,
    Symmetry,
    Warned,
)
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon


class Daemon:
    """Takes documents."""

    def __init__(self) -> None:
        self.documents: list[bytes] = []

    def store_document(self, data: bytes) -> str:
        self.documents.append(data)
        return "0" * 64


def source(word: str, daemon: Any = None, **options: Any) -> Any:
    return sources.structure_source(daemon or Daemon(), word, **options)


def test_a_file_that_is_there_wins_over_every_other_meaning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mp-1265").write_text("data_x")
    found = source("mp-1265", form="cif", block="x")
    assert (found.text, found.file_name) == ("data_x", "mp-1265")
    assert (found.format, found.block) == ("cif", "x")


def test_large_and_binary_files_are_sent_ahead(tmp_path: Path) -> None:
    daemon = Daemon()
    large, binary = tmp_path / "large.xyz", tmp_path / "x.out"
    large.write_bytes(b"x" * sources.MOST_TEXT_BYTES)
    binary.write_bytes(b"\xff\xfe")
    for path in (large, binary):
        found = source(str(path), daemon)
        assert (found.text, found.blob, found.file_name) == (None, "0" * 64, path.name)
    assert [len(one) for one in daemon.documents] == [sources.MOST_TEXT_BYTES, 2]


def test_jobs_materials_and_names_are_told_apart() -> None:
    assert source("job:12").job_id == "12"
    assert source("mp-1265").material == "mp-1265"
    assert source("mp-aaaaaaft").material == "mp-aaaaaaft"
    assert source("mvc-12").material == "mvc-12"
    assert source("cod/1000041").material == "cod/1000041"
    assert source("mgo").library == "mgo"


@pytest.mark.parametrize(
    ("word", "error"),
    [
        ("job:0", sources.SourceUnclearError),
        (" ", sources.SourceUnclearError),
        ("gone.cif", sources.SourceNotFoundError),
        ("./gone", sources.SourceNotFoundError),
        ("folder/POSCAR", sources.SourceNotFoundError),
    ],
)
def test_what_is_no_source_is_refused(word: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        source(word)


def test_folders_and_empty_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.cif").touch()
    for path, said in ((tmp_path, "directory"), (tmp_path / "empty.cif", "empty")):
        with pytest.raises(sources.SourceUnusableError, match=said):
            source(str(path))


def test_a_document_is_sent_from_where_the_daemon_has_it() -> None:
    data = b"x" * (CHUNK_BYTES + 10)
    flow = store_document(data)
    sent = [next(flow)]
    sent += [
        flow.send(PutBlobResult(sha256="", received=count, is_complete=False))
        for count in (0, 4, 4 + CHUNK_BYTES)
    ]
    last = PutBlobResult(sha256="", received=len(data), is_complete=True)
    with pytest.raises(StopIteration) as done:
        flow.send(last)
    pieces = [base64.b64decode(one.params.data_base64) for one in sent]  # type: ignore[attr-defined]
    assert [len(one) for one in pieces] == [0, CHUNK_BYTES, CHUNK_BYTES, 6]
    assert len(done.value.value) == 64


def test_steps_are_read_from_their_words() -> None:
    assert steps.supercell_step("2,2,1").matrix == ((2, 0, 0), (0, 2, 0), (0, 0, 1))
    assert steps.supercell_step("0 1 1 1 0 1 1 1 0").matrix[0] == (0, 1, 1)
    assert steps.strain_step("0.01 0 0 0 0 0.02").matrix[0] == (0.01, 0.01, 0)
    slab = steps.slab_step("1 -1 0 thickness=9.5 vacuum=15 termination=1")
    assert (slab.miller, slab.thickness_a, slab.vacuum_a) == ((1, -1, 0), 9.5, 15)
    assert (slab.layers, slab.termination) == (None, 1)
    assert steps.displace_step("2 0 0 0.1").vector_a == (0, 0, 0.1)
    assert steps.rattle_step("0.05 3").seed == 3
    assert steps.vacancy_step("1,2").atoms == (1, 2)
    assert steps.vacancy_step("O").element == "O"
    assert steps.substitute_step("Mg Ca").new_element == "Ca"
    assert steps.substitute_step("1+3 Ca").atoms == (1, 3)
    assert steps.reduce_step("2").dimension == 2
    assert steps.vacuum_step("12").vacuum_a == 12


@pytest.mark.parametrize(
    ("read", "word"),
    [
        (steps.supercell_step, "2 2"),
        (steps.supercell_step, "a b c"),
        (steps.vacuum_step, "inf"),
        (steps.slab_step, "1 0 0 depth=3"),
        (steps.vacancy_step, "1 O"),
        (steps.substitute_step, "Mg"),
    ],
)
def test_words_that_are_no_step_are_refused(read: Any, word: str) -> None:
    with pytest.raises(click.BadParameter):
        read(word)


def test_no_file_is_written_over_without_being_asked(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["convert_structure"] = lambda _: ConvertStructureResult(
        format="poscar", text="new", blob=None
    )
    Path("si.vasp").write_text("old")
    transform = ("structure", "transform", "si.vasp", "--supercell", "-1 1 1")
    for asked in (("structure", "convert", "si.vasp"), transform):
        said = crystalmath(*asked, "-o", "si.vasp")
        assert said.code == 1
        assert "--overwrite" in said.err
        assert Path("si.vasp").read_text() == "old"
    said = crystalmath(*transform, "-o", "-", "-f", "poscar")
    assert (said.code, said.out) == (0, "new")
    assert crystalmath(*transform, "-o", "si.vasp", "--overwrite").code == 0
    assert Path("si.vasp").read_text() == "new"


def seen(n_cells: int = 1, **options: Any) -> Preview:
    lattice = ((4.0, 0.0, 0.0), (0.0, 4.0, 0.0), (0.0, 0.0, 4.0))
    structure = Structure(
        dimension=3,
        lattice_a=lattice,
        atomic_numbers=(12, 8) * n_cells,
        positions_a=((-4.0, 0.0, 0.0), (2.0, 2.0, 2.0)) * n_cells,
    )
    known: dict[str, Any] = {
        "sourced": SourcedStructure(
            structure=structure, origin=Origin(kind="file", name="x.cif")
        ),
        "formula": "Mg O",
        "reduced_formula": "MgO",
        "n_units": 1,
        "n_atoms": 2 * n_cells,
        "dimension": 3,
        "cell": None,
        "volume_a3": None,
        "area_a2": None,
        "density_g_cm3": None,
        "bonded_dimension": 3,
        "gaps": (),
        "shortest": None,
        "symmetries": (),
        "warnings": (),
        "looks": (
            Look(atomic_number=12, symbol="Mg", colour="#8aff00", radius_a=1, count=1),
            Look(atomic_number=8, symbol="O", colour="#ff0d0d", radius_a=1, count=1),
        ),
    }
    return Preview(**(known | options))


def test_the_picture_shows_every_corner_inside_of_its_bounds() -> None:
    text = structure_view(seen(), 60, 20, Output())
    lines = text.splitlines()
    assert text.count("Mg") == 8
    assert text.count("O") == 1
    assert "·" in text
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 60


def test_a_picture_of_too_much_or_on_no_room_is_none() -> None:
    assert structure_view(seen(), 0, 20, Output()) == ""
    assert structure_view(seen(2000), 60, 20, Output()) == ""


def test_a_job_is_told_from_other_names() -> None:
    assert origin_text(Origin(kind="job", name="2")) == "job 2"
    assert origin_text(Origin(kind="library", name="mgo")) == "mgo"


def test_groups_that_are_the_same_at_several_tolerances_stand_in_one_line() -> None:
    symmetries = tuple(
        Symmetry(
            tolerance_a=tolerance,
            kind="space group",
            number=number,
            symbol=symbol,
            n_operators=1,
            largest_shift_a=shift,
        )
        for tolerance, number, symbol, shift in (
            (0.001, 1, "P1", 0.0),
            (0.01, 221, "Pm-3m", 0.002),
            (0.1, 221, "Pm-3m", 0.002),
        )
    )
    warned = Warned(code="structure.overlap", message="Too near.", fix="Look.")
    text = preview_text(seen(symmetries=symmetries, warnings=(warned,)), Output())
    assert "Pm-3m (221) within 0.01, 0.1 Å; atoms off by 0.0020 Å at most" in text
    assert "P1 (1) within 0.001 Å" in text
    assert "warning: Too near.\n  Look." in text
