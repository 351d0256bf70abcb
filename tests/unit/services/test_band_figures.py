"""Bands are drawn around the gap, along their path, and what is left out is said."""

from typing import Any

import pytest

from crystalmathd.models.figures import Figure
from crystalmathd.models.quantities import Bands, KLabel
from crystalmathd.models.results import Result
from crystalmathd.models.structures import Structure
from crystalmathd.services.figures import figure_of

CUBIC = Structure(
    dimension=3,
    lattice_a=((2.0, 0.0, 0.0), (0.0, 2.0, 0.0), (0.0, 0.0, 4.0)),
    atomic_numbers=(12,),
    positions_a=((0.0, 0.0, 0.0),),
)
LINE = range(21)
PATH = (
    *((n / 20, 0.0, 0.0) for n in range(11)),
    *((0.5, n / 20, 0.0) for n in range(1, 11)),
)


def of(bands: Bands, **fields: Any) -> Figure | None:
    said = Result(code="vasp", program="vasp", bands=bands, **fields)
    return figure_of([said], "bands")


def drawn(*levels: float, fermi_ev: float | None = 0.0) -> Figure:
    bands = Bands(energies_ev=((levels, levels),), labels=LABELS, fermi_ev=fermi_ev)
    found = of(bands)
    assert found is not None
    return found


LABELS = (KLabel(index=0, name="Γ"), KLabel(index=1, name="X"))


def test_the_window_reaches_over_a_wide_gap_to_the_conduction_bands() -> None:
    found = drawn(-30.0, -12.0, -3.0, -1.0, 20.0, 24.0, 40.0)
    assert found.y_range == (-11.0, 26.0)
    assert [curve.y[0] for curve in found.curves] == [-3.0, -1.0, 20.0, 24.0]
    assert found.note == "shown from −11.0 to 26.0 eV; 3 bands lie outside"


def test_the_edges_of_a_metal_are_at_the_fermi_energy() -> None:
    bands = Bands(
        energies_ev=(((-3.0, -1.0, 3.0), (-2.0, 1.0, 4.0)),),
        labels=LABELS,
        fermi_ev=0.0,
    )
    found = of(bands)
    assert found is not None
    assert found.y_range == (-10.0, 6.0)
    assert found.note == "shown from −10.0 to 6.0 eV"


def test_a_run_without_empty_bands_says_so() -> None:
    note = drawn(-3.0, 0.0).note
    assert note is not None
    assert note.endswith("no empty band was computed")


def test_without_a_zero_every_band_is_drawn() -> None:
    found = drawn(-100.0, 50.0, fermi_ev=None)
    assert (len(found.curves), found.y_range, found.note) == (2, None, None)


def on(kpoints: tuple[tuple[float, float, float], ...]) -> Bands:
    energies = tuple((-1.0, 1.0) for _ in kpoints)
    return Bands(energies_ev=(energies,), kpoints=kpoints, fermi_ev=0.0)


def test_an_explicit_list_along_lines_is_a_path_with_distances() -> None:
    found = of(on(PATH), calculation="nscf", final_structure=CUBIC)
    assert found is not None
    # Half of 2π/a: π/2 per Å each way.
    assert found.curves[0].x[-1] == pytest.approx(3.14159265)
    assert [mark.label for mark in found.marks] == ["Γ", "1/2 0 0", "1/2 1/2 0"]
    assert found.marks[1].at == pytest.approx(1.57079633)


def test_a_mesh_is_no_path() -> None:
    mesh = tuple(
        (x / 8, y / 8, z / 8) for x in range(4) for y in range(4) for z in range(4)
    )
    assert of(on(mesh), calculation="nscf") is None
    rows = tuple((x / 40, y / 40, z / 40) for x in (0, 9) for y in (0, 9) for z in LINE)
    assert of(on(rows), calculation="nscf") is None
    assert of(on(PATH), kpoint_mesh=(4, 4, 4)) is None


def test_a_jump_is_no_way_and_has_both_names() -> None:
    back = tuple((0.0, 0.0, 0.5 - n / 20) for n in range(11))
    found = of(on(PATH + back), calculation="bands")
    assert found is not None
    assert [mark.label for mark in found.marks] == [
        "Γ",
        "1/2 0 0",
        "1/2 1/2 0|0 0 1/2",
        "Γ",
    ]
    assert found.curves[0].x[-1] == pytest.approx(1.5)


def test_the_mesh_in_front_of_a_hybrids_path_is_left_out() -> None:
    mesh = ((0.0, 0.0, 0.3), (0.4, 0.0, 0.3), (0.4, 0.4, 0.3))
    found = of(on(mesh + PATH), calculation="bands")
    assert found is not None
    assert len(found.curves[0].x) == len(PATH)
