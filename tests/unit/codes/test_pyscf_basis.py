"""From the shells of a deck to PySCF's, against what CRYSTAL printed."""

import re

import pytest

pytest.importorskip("pyscf", exc_type=ImportError)

from crystalmathd.codes.crystal.inputs import DeckError, read_deck
from crystalmathd.codes.pyscf.basis import PyscfShell, atom_name, pyscf_basis
from tests.unit.codes import corpora

_NUMBER = re.compile(r"-?\d\.\d{3}E[+-]\d\d")
_RELATIVE = 6e-4
"""CRYSTAL prints four digits."""

PRINTED = (
    (
        "aiida-crystal17__crystal_mgo_sto3g_opt__main.out",
        "d12/aiida-crystal17__crystal_mgo_sto3g_opt__INPUT",
    ),
    (
        "aiida-crystal17__crystal_nio_sto3g_afm_scf_maxcyc__main.out",
        "d12/aiida-crystal17__crystal_nio_sto3g_afm_scf_maxcyc__INPUT",
    ),
    (
        "nomad-parser-crystal__single_point_hf__output.out",
        "d12/nomad-parser-crystal__single_point_hf__mgo.d12",
    ),
    (
        "pycrystal__pycrystal__test08.out",
        "d12_from_out/pycrystal__pycrystal__test08.d12",
    ),
    (
        "pycrystal__pycrystal__optgeom.out",
        "d12_from_out/pycrystal__pycrystal__optgeom.d12",
    ),
    (
        "phonopy__Si-CRYSTAL__crystal.o",
        "d12_from_out/phonopy__Si-CRYSTAL__crystal.d12",
    ),
)
"""Outputs and their decks: STO-3G of O, Mg, Al, Si, Ni, and explicit shells."""


def basis_of(block: str, atom: str) -> dict[str, list[PyscfShell]]:
    deck = read_deck(
        f"t\nCRYSTAL\n0 0 0\n1\n4 5 6 90 90 90\n1\n{atom} 0 0 0\nEND\n{block}99 0\n"
        "END\nSHRINK\n2 2\nEND\n"
    )
    assert deck.basis is not None
    return pyscf_basis(deck.basis, {atom.label for atom in deck.geometry.atoms})


def printed_shells(text: str) -> dict[str, list[tuple[str, list[list[float]]]]]:
    """Return the shells that CRYSTAL printed, by element: type and its rows."""
    table = text.partition("LOCAL ATOMIC FUNCTIONS BASIS SET")[2]
    shells: dict[str, list[tuple[str, list[list[float]]]]] = {}
    element = ""
    for line in table.split("\n")[4:]:
        if head := re.match(r"^ +\d+ ([A-Z]+) +-?\d+\.\d{3} ", line):
            element = head[1]
            shells.setdefault(element, [])
        elif kind := re.match(r"^ +(?:\d+- *)?\d+ (S|SP|P|D|F) *$", line):
            shells[element].append((kind[1], []))
        elif rows := _NUMBER.findall(line):
            shells[element][-1][1].append([float(value) for value in rows])
        else:
            break
    return {name: found for name, found in shells.items() if found}


@pytest.mark.parametrize(("output", "deck_name"), PRINTED)
def test_a_basis_is_the_one_that_crystal_printed(output: str, deck_name: str) -> None:
    folder = corpora.ROOT / "open" / "crystal"
    if not folder.is_dir():
        pytest.skip("needs the corpora")
    text = (folder / "out" / output).read_text(encoding="utf-8", errors="replace")
    deck = read_deck((folder / deck_name).read_text())
    assert deck.basis is not None
    ours = pyscf_basis(deck.basis, {atom.label for atom in deck.geometry.atoms})
    by_element = {name.rstrip("0123456789").upper(): ours[name] for name in ours}
    printed = printed_shells(text)
    assert printed.keys() == by_element.keys()
    for element, shells in printed.items():
        expected: list[tuple[int, list[list[float]]]] = []
        for kind, rows in shells:
            column = {"S": 1, "P": 2, "D": 3, "F": 3}
            expected += [
                ("SPDF".index(part), [[row[0], row[column[part]]] for row in rows])
                for part in kind
            ]
        assert len(expected) == len(by_element[element])
        for (angular, rows), shell in zip(expected, by_element[element], strict=True):
            assert shell[0] == angular
            for row, primitive in zip(rows, shell[1:], strict=True):
                assert primitive == pytest.approx(row, rel=_RELATIVE)


def test_a_label_above_100_is_another_kind_of_the_same_element() -> None:
    assert (atom_name(12), atom_name(112)) == ("Mg12", "Mg112")


def test_every_shell_type_has_its_angular_momentum() -> None:
    shells = "".join(f"0 {kind} 1 0. 1.\n2.0 1.0 1.0\n" for kind in range(6))
    basis = basis_of(f"6 6\n{shells}", "6")
    assert [shell[0] for shell in basis["C6"]] == [0, 0, 1, 1, 2, 3, 4]


def test_sto_6g_has_six_primitives() -> None:
    basis = basis_of("6 2\n1 0 6 2. 0.\n1 1 6 4. 0.\n", "6")
    assert [len(shell) - 1 for shell in basis["C6"]] == [6, 6, 6]


def test_a_shell_that_the_sto_table_lacks_is_refused_with_its_line() -> None:
    with pytest.raises(DeckError, match="has no SP shell") as caught:
        basis_of("1 2\n1 0 3 1. 0.\n1 1 3 0. 0.\n", "1")
    assert caught.value.line == 11
