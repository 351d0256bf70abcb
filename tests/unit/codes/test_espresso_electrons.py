"""The electrons of a pw.x input fill its bands, as far as they can be counted."""

import pytest

from crystalmathd.codes.base import InputFile, StepRequest
from crystalmathd.codes.espresso.beside import check_beside

UPF = (
    b'<UPF version="2.0.1">\n<PP_HEADER element="Si" pseudo_type="NC"'
    b' functional="PBE" z_valence="4.0" wfc_cutoff="30.0"/>\n'
)
INPUT = """\
&CONTROL
/
&SYSTEM
  ibrav = 2, A = 5.43, nat = 2, ntyp = 1, ecutwfc = 30
/
&ELECTRONS
/
ATOMIC_SPECIES
Si 28.086 Si.UPF
ATOMIC_POSITIONS crystal
Si 0 0 0
Si 0.25 0.25 0.25
K_POINTS gamma
"""


def codes(system: str, texts: dict[str, bytes]) -> list[str]:
    text = INPUT.replace("ecutwfc = 30", f"ecutwfc = 30, {system}")
    file = InputFile(name="si.in", text=text.encode())
    step = StepRequest(program="pw.x", input=file)
    return [one.code for one in check_beside([step], texts)]


@pytest.mark.parametrize(
    ("system", "wanted"),
    [
        ("nbnd = 4", []),
        ("nbnd = 3", ["pw.nbnd"]),
        ("nbnd = 8, noncolin = .true.", []),
        ("nbnd = 7, noncolin = .true.", ["pw.nbnd"]),
        ("tot_charge = 1", ["electrons.odd"]),
        ("tot_charge = 1, occupations = 'fixed'", ["electrons.odd"]),
        ("tot_charge = 2", []),
        ("tot_charge = 9", ["electrons.negative"]),
        ("tot_charge = 1, occupations = 'smearing', degauss = 0.01", []),
        ("tot_charge = 1, nspin = 2, tot_magnetization = 1", []),
        ("tot_charge = 1, noncolin = .true.", []),
    ],
)
def test_what_pw_x_stops_at_is_found(system: str, wanted: list[str]) -> None:
    assert codes(system, {"Si.UPF": UPF}) == wanted


def test_states_of_a_given_density_may_be_few() -> None:
    text = INPUT.replace("&CONTROL", "&CONTROL\n calculation = 'bands'")
    file = InputFile(name="si.in", text=text.replace("30", "30, nbnd = 2", 1).encode())
    step = StepRequest(program="pw.x", input=file)
    assert check_beside([step], {"Si.UPF": UPF}) == ()


def test_without_the_pseudopotential_nothing_is_counted() -> None:
    assert codes("nbnd = 3, tot_charge = 1", {}) == []
    assert codes("nbnd = 3, space_group = 227", {"Si.UPF": UPF}) == []
