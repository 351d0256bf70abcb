"""An optimisation of CRYSTAL begins again at the best geometry of its points."""

from dataclasses import replace

import pytest

from crystalmathd.codes.crystal.inputs import read_deck
from tests.unit.codes.test_crystal_restarts import (
    CELL,
    GUI,
    OPTIMISE,
    deck_of,
    left,
    options,
    result,
    step,
)


def test_the_complete_point_of_the_lowest_energy_is_written_into_the_deck() -> None:
    pytest.importorskip("spglib")
    run = step(edits="OPTGEOM\nFULLOPTG\nRESTART\nENDOPT\n")
    said = result((-1.0, -3.0, -2.0, None))

    way = options(run, said=said)["geometry"]

    assert way.obstacles == ()
    assert "point 2 has the lowest energy of 3 complete ones" in way.checks[0]
    deck = read_deck(deck_of(way))
    assert deck.geometry.cell == pytest.approx((4.22,))
    assert "RESTART" not in deck_of(way)
    assert way.roles == ()


def test_a_point_whose_scf_failed_is_not_the_best() -> None:
    pytest.importorskip("spglib")
    said = result((-1.0, -3.0))
    last = replace(said.steps[1], is_scf_converged=False)
    said = replace(said, steps=(said.steps[0], last))
    way = options(step(edits=OPTIMISE), said=said)["geometry"]
    assert "point 1 has the lowest energy of 1" in way.checks[0]


def test_a_deck_with_an_external_geometry_gets_the_file_of_the_best_point() -> None:
    run = step(geometry="EXTERNAL", edits=OPTIMISE)
    files = [left(f"optc00{n}", "geometry_history", GUI.encode()) for n in (1, 2, 3)]

    way = options(run, *files, said=result((-1.0, -3.0, -2.0)))["geometry"]

    assert way.is_offered
    (changed,) = way.inputs
    assert changed.name == "mgo.gui"
    assert changed.text == GUI.encode()


def test_energies_in_the_geometry_files_serve_where_the_output_is_lost() -> None:
    run = step(geometry="EXTERNAL", edits=OPTIMISE)
    head = "   3   5   6"
    texts = [
        GUI.replace(head, f"{head} E -2.75{last}E+02 DE-1.6E-08( 11)").encode()
        for last in (1, 3, 2)
    ]
    files = [
        left(f"optc00{number}", "geometry_history", text)
        for number, text in enumerate(texts, start=1)
    ]

    way = options(run, *files)["geometry"]

    assert "point 2 has the lowest energy of 3 complete ones" in way.checks[0]
    assert way.inputs[0].text == texts[1]


def test_a_geometry_file_that_was_cut_is_not_taken() -> None:
    run = step(geometry="EXTERNAL", edits=OPTIMISE)
    whole = left("optc001", "geometry_history", GUI.encode())
    cut = left("optc002", "geometry_history", GUI.encode()[:-30])

    way = options(run, whole, cut)["geometry"]

    assert "point 1 is the last one with a whole file" in way.checks[0]
    assert not options(run, cut)["geometry"].is_offered


SUPERCELL = "SUPERCEL\n2 0 0\n0 2 0\n0 0 2\n"


@pytest.mark.parametrize("geometry", [CELL, "EXTERNAL"])
def test_what_built_the_geometry_does_not_act_again(geometry: str) -> None:
    pytest.importorskip("spglib")
    run = step(geometry=geometry, edits=f"{SUPERCELL}{OPTIMISE}")
    point = left("optc001", "geometry_history", GUI.encode())

    way = options(run, point, said=result((-1.0,)))["geometry"]

    assert way.is_offered
    texts = {one.name: one.text for one in way.inputs}
    assert texts["mgo.gui"] == GUI.encode()
    expected = step(geometry="EXTERNAL", edits=OPTIMISE).input.text
    assert texts["mgo.d12"] == expected


def test_without_the_file_a_deck_that_builds_its_geometry_is_not_changed() -> None:
    pytest.importorskip("spglib")
    run = step(edits=f"{SUPERCELL}{OPTIMISE}")
    way = options(run, said=result((-1.0,)))["geometry"]
    assert "SUPERCEL" in way.obstacles[0]
    assert way.inputs == ()


def test_a_field_is_not_taken_for_a_part_of_the_geometry() -> None:
    run = step(geometry="EXTERNAL", edits=f"FIELD\n0.01\n0 0 1\n5 0\n{OPTIMISE}")
    point = left("optc001", "geometry_history", GUI.encode())
    way = options(run, point)["geometry"]
    assert "FIELD" in way.obstacles[0]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("TSOPT\n", "saddle point (TSOPT)"),
        ("TSOPT\nMODEFOLLOW\n1\n", "saddle point (TSOPT)"),
        ("MODEFOLLOW\n1\n", "saddle point (MODEFOLLOW)"),
        ("EXTPRESS\n0.001\n", "under pressure (EXTPRESS)"),
        ("EXTSTRESS\n0.1 0. 0.\n0. 0. 0.\n0. 0. 0.\n", "pressure (EXTSTRESS)"),
    ],
)
def test_the_last_point_is_the_best_where_the_energy_is_not_what_falls(
    words: str, reason: str
) -> None:
    run = step(geometry="EXTERNAL", edits=f"OPTGEOM\nFULLOPTG\n{words}ENDOPT\n")
    files = [left(f"optc00{n}", "geometry_history", GUI.encode()) for n in (1, 2, 3)]

    way = options(run, *files, said=result((-1.0, -3.0, -2.0, None)))["geometry"]

    assert "point 3 is the last complete one" in way.checks[0]
    assert reason in way.checks[0]
    assert way.inputs[0].text == GUI.encode()


def test_a_saddle_point_search_without_energies_takes_the_last_whole_file() -> None:
    run = step(geometry="EXTERNAL", edits="OPTGEOM\nTSOPT\nENDOPT\n")
    whole = left("optc001", "geometry_history", GUI.encode())
    cut = left("optc002", "geometry_history", GUI.encode()[:-30])
    way = options(run, whole, cut)["geometry"]
    assert "point 1 is the last complete one" in way.checks[0]
    assert not options(run, cut)["geometry"].is_offered
