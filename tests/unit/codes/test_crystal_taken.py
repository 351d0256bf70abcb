"""What CRYSTAL takes is no fault: decks that STOP, and blocks of properties."""

import pytest

from crystalmathd.codes.checks import check
from crystalmathd.codes.crystal.inputs import read_deck
from crystalmathd.models.inputs import ERROR, NOTE
from tests.unit.codes.test_crystal_checks import MGO, found

GEOMETRY = MGO[: MGO.index("OPTGEOM")]
PROPERTIES = """\
ANGSTROM
EDFT
END
POLI
4 0 4
PROF
2 0 1 0
118 3
CP
1 100. 100. 1
1 0 0
1.
BR
15. .3
END
PPAN
END
"""


@pytest.mark.parametrize("more", ["", "EXTPRT\n", "SUPERCEL\n2 0 0\n0 2 0\n0 0 2\n"])
@pytest.mark.parametrize("end", ["STOP", "STOP\n", "STOP\n\n \n"])
def test_nothing_has_to_stand_behind_stop(more: str, end: str) -> None:
    assert found(GEOMETRY + more + end) == ()
    deck = read_deck(GEOMETRY + more + end)
    assert (deck.basis, deck.scf, deck.scf_end) == (None, (), None)
    assert deck.edits_end == deck.edits[-1].line


def test_ends_behind_stop_are_no_error() -> None:
    assert {one.severity for one in found(f"{GEOMETRY}STOP\nEND\nEND\n")} <= {NOTE}
    assert found(f"{GEOMETRY}STOP\nEND\n99 0\nEND\n") != ()


def test_a_deck_without_stop_still_needs_its_end() -> None:
    codes = {one.code for one in found(f"{GEOMETRY}EXTPRT\n")}
    assert codes == {"end.missing"}


def test_stop_that_a_whole_deck_follows_hides_no_fault() -> None:
    text = MGO.replace("OPTGEOM", "STOP\nOPTGEOM")
    assert found(text) == ()
    assert {one.severity for one in found(text.replace("FULLOPTG", "FULOPTG"))} == {
        ERROR
    }


def test_blocks_of_properties_have_their_own_ends() -> None:
    assert check("crystal", "properties", "a.d3", PROPERTIES, {}) == ()
    cut = PROPERTIES.replace("15. .3\nEND\n", "15. .3\n")
    assert [one.code for one in check("crystal", "properties", "a.d3", cut, {})] == [
        "end.missing"
    ]


def test_the_multipoles_need_three_values() -> None:
    text = PROPERTIES.replace("4 0 4", "4 0")
    assert check("crystal", "properties", "a.d3", text, {}) != ()


@pytest.mark.parametrize(
    "words",
    [
        "SCANMODE\n1 -10 10 0.4\n1\n",
        "RESTART\nSCANMODE\n-2 -10 10 0.4\n4 5\nNOINTENS\n",
        "COMBMODE\nIR\nFREQRANGE\n0 100\nEND\n",
        "ANHAPES\n3\n4 5 6\n3 0.9\nVSCF\nVSCFTOL\n3\nVCI\n6 3\n1\n",
        "DISPERSI\nINS\n3000 300 2\n",
    ],
)
def test_keywords_of_frequencies_have_their_data(words: str) -> None:
    frequencies = f"FREQCALC\nNUMDERIV\n2\n{words}END\n"
    optimisation = MGO[MGO.index("OPTGEOM") : MGO.index("ENDGEOM")]
    text = MGO.replace(optimisation, frequencies)
    said = {one.code for one in found(text, **{"a.freqinfo": b""})}
    assert said <= {"toldee.frequencies"}


def test_charge_and_dispersion_have_more_words() -> None:
    words = "DOPING\n-1\nDFTD3\nVERSION\n4\nABC\nFUNCTIONAL\nPBE\nEND\n"
    assert found(MGO.replace("SHRINK", f"{words}SHRINK")) == ()
