"""Functionals as people write them, in CRYSTAL's words."""

import pytest

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.functionals import COMPOSITE, STAND_ALONE, functional


@pytest.mark.parametrize(
    ("written", "dft"),
    [
        ("PBE", ("PBE",)),
        ("pbe", ("PBE",)),
        ("PBE0", ("PBE0",)),
        ("B3LYP", ("B3LYP",)),
        ("HSE", ("HSE06",)),
        ("PBEsol", ("PBESOLXC",)),
        ("SCAN", ("SCAN",)),
        ("r2SCAN", ("R2SCAN",)),
        ("r²SCAN", ("R2SCAN",)),
        ("LDA", ("SVWN",)),
        ("M06-2X", ("M062X",)),
        ("PW91", ("EXCHANGE", "PWGGA", "CORRELAT", "PWGGA")),
        ("pbesol/pbesol", ("EXCHANGE", "PBESOL", "CORRELAT", "PBESOL")),
        ("HF", ()),
        ("PBE-D3", ("PBE-D3",)),
        ("HSE06-D3", ("HSE06-D3",)),
        ("PBEh-3c", ("PBEH3C",)),
        ("HSEsol3c", ("HSESOL3C",)),
    ],
)
def test_names_become_keywords(written: str, dft: tuple[str, ...]) -> None:
    assert functional(written).dft == dft


def test_a_share_of_exchange_goes_with_a_pair() -> None:
    found = functional("PBE/PBE", hybrid_percent=20)
    assert found.dft[-2:] == ("HYBRID", "20")
    assert found.name == "PBE/PBE-20%"
    with pytest.raises(InputRefusedError, match="own share"):
        functional("PBE0", hybrid_percent=20)


def test_dispersion_is_a_suffix_where_crystal_has_one() -> None:
    found = functional("B3LYP", dispersion="D3")
    assert found.dft == ("B3LYP-D3",)
    assert found.scf == ()


def test_dispersion_is_a_block_with_published_parameters_elsewhere() -> None:
    found = functional("r2SCAN", dispersion="d3")
    assert found.dft == ("R2SCAN",)
    assert found.scf == (
        *("DFTD3", "VERSION", "4", "S6", "1.0", "S8", "0.78981345"),
        *("A1", "0.49484001", "A2", "5.73083694", "END"),
    )
    assert "10.1063/5.0041008" in found.references[0]


def test_dispersion_without_parameters_is_refused() -> None:
    with pytest.raises(InputRefusedError, match="no parameters of D3 are known for"):
        functional("SVWN", dispersion="D3")
    with pytest.raises(InputRefusedError, match="D3 or empty"):
        functional("PBE", dispersion="D4")


@pytest.mark.parametrize("name", COMPOSITE)
def test_composite_methods_take_no_other_correction(name: str) -> None:
    found = functional(name)
    assert found.basis is not None
    assert found.dft == (name,) or found.scf == (name, "END")
    for options in ({"dispersion": "D3"}, {"hybrid_percent": 10.0}):
        with pytest.raises(InputRefusedError, match="own corrections"):
            functional(name, **options)  # type: ignore[arg-type]
    with pytest.raises(InputRefusedError):
        functional(f"{name}-D3")


@pytest.mark.parametrize("name", ["PBE1", "", "XLGRID", "SPIN", "PBE/XYZ", "B2PLYP"])
def test_what_crystal_has_not_is_refused(name: str) -> None:
    with pytest.raises(InputRefusedError, match=r"no functional|no pair"):
        functional(name)


def test_meta_functionals_want_a_finer_grid() -> None:
    fine = {name for name in STAND_ALONE if functional(name).wants_fine_grid}
    assert {"SCAN", "R2SCAN", "M06", "REVM06L"} <= fine
    assert not fine & {"PBE", "HSE06", "B3LYP", "SVWN"}
