"""JSON of pymatgen, of ASE, and our own."""

import json
from dataclasses import replace

import msgspec
import pytest

from crystalmathd.structures.faults import StructureFaultError
from crystalmathd.structures.json_reading import read_json
from crystalmathd.structures.json_writing import write_ase_json, write_pymatgen_json
from tests.unit.structures.crystals import ORIGIN, corundum, matches, mgo, water


def test_pymatgen_reads_what_is_written_for_it() -> None:
    from pymatgen.core.structure import Molecule, Structure

    crystal = Structure.from_dict(json.loads(write_pymatgen_json(corundum())))
    assert crystal.composition.formula == "Al12 O18"
    molecule = Molecule.from_dict(json.loads(write_pymatgen_json(water())))
    assert molecule.composition.formula == "H2 O1"


TURNED = json.dumps(
    {
        "numbers": [1],
        "positions": [[0, 0, 0]],
        "cell": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        "pbc": [False, True, True],
    }
)


@pytest.mark.parametrize("write", [write_pymatgen_json, write_ase_json])
def test_crystals_molecules_and_slabs_come_back(write: object) -> None:
    for made in (mgo(), corundum(), water()):
        read = read_json(write(made), ORIGIN)  # type: ignore[operator]
        assert read.structure.atomic_numbers == made.structure.atomic_numbers
        assert read.structure.dimension == made.structure.dimension
        assert made.structure.dimension == 0 or matches(read, made)
    slab = replace(
        mgo(),
        structure=replace(
            mgo().structure, dimension=2, lattice_a=mgo().structure.lattice_a[:2]
        ),
    )
    read = read_json(write(slab), ORIGIN)  # type: ignore[operator]
    assert read.structure.lattice_a == slab.structure.lattice_a


def test_moments_travel_in_both_layouts() -> None:
    magnet = replace(mgo(), moments_ub=(1.0, -1.0, 1.0, -1.0, 0.0, 0.0, 0.0, 0.0))
    for write in (write_pymatgen_json, write_ase_json):
        assert read_json(write(magnet), ORIGIN).moments_ub == magnet.moments_ub


CALLED = {"@module": "tests.no_such_module", "@callable": "run"}
CLASS = {"@module": "pymatgen.core.lattice", "@class": "Lattice", "matrix": 3}


@pytest.mark.parametrize("foreign", [CALLED, [CALLED], {"moment": CALLED}, CLASS])
def test_a_structure_file_names_nothing_that_is_imported_or_called(
    foreign: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monty.json import MontyDecoder

    met: list[object] = []
    decode = MontyDecoder.process_decoded

    def watched(self: MontyDecoder, given: object) -> object:
        met.append(given)
        return decode(self, given)

    monkeypatch.setattr(MontyDecoder, "process_decoded", watched)
    data = json.loads(write_pymatgen_json(mgo()))
    data["properties"] = {"any": foreign}
    data["sites"][0]["properties"] = {"any": foreign, "magmom": foreign}
    data["sites"][1]["properties"] = {"magmom": {"moment": 2.0, **CLASS}}
    read = read_json(json.dumps(data), ORIGIN)
    assert read.moments_ub == (0.0, 2.0, *[0.0] * 6)
    assert "@" not in str(met)


def test_our_own_layout_keeps_everything() -> None:
    made = replace(mgo(), charge=1.0, title="x", may_move=((True, False, True),) * 8)
    read = read_json(msgspec.json.encode(made).decode(), ORIGIN)
    assert read == made


def test_plain_atoms_of_ase_without_its_encoding_are_read() -> None:
    text = '{"numbers": [6], "positions": [[0, 0, 1]], "pbc": [false, false, false]}'
    assert read_json(text, ORIGIN).structure.positions_a == ((0.0, 0.0, 1.0),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1: it is no JSON"),
        ("[1, 2]", "no object"),
        ("{}", "neither"),
        ("[" * 100_000, "nested|no JSON"),
        ('{"numbers": [NaN], "positions": []}', "NaN is no number"),
        ('{"numbers": ["x"], "positions": [[0, 0, 0]]}', "not as it should be"),
        ('{"numbers": [1], "positions": [[0, 0]]}', "not as it should be"),
        ('{"ids": [1]}', "has no '1'"),
        ('{"sites": [{"species": 3}]}', "pymatgen cannot read it"),
        ('{"atomic_numbers": [1]}', "has no 'lattice_a'"),
        (TURNED, "first vectors"),
        ('{"numbers": [' + "1" * 5000 + "]}", "too long"),
    ],
)
def test_rubbish_is_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(StructureFaultError, match=said):
        read_json(text, ORIGIN)
