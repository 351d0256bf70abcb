"""Which outputs are CRYSTAL's, and which decks they were run with."""

from pathlib import PurePosixPath

import pytest

from crystalmathd.codes.crystal.echo import echoed_deck
from crystalmathd.codes.crystal.recognition import inputs_beside, recognise
from tests.unit.codes import corpora

BANNER = b""" *******************************************************************
 *                               CRYSTAL23                           *
 *                      public : 1.0.1 - October 2022                *
 *******************************************************************
 EEEEEEEEEE STARTING  DATE 24 07 2024 TIME 14:57:23.0
"""
GEOMETRY = b" MgO\n\n CRYSTAL CALCULATION\n"
PROPERTIES = (
    b" MgO\n CRYSTAL - PROPERTIES - TYPE OF CALCULATION :  RESTRICTED CLOSED SHELL\n"
)
DECK = (
    b"MgO\nCRYSTAL\n0 0 0\n225\n4.21\nOPTGEOM\nEND\nEND\n99 0\nEND\nSHRINK\n8 8\nEND\n"
)


@pytest.mark.parametrize(
    ("name", "head", "program"),
    [
        ("mgo.out", BANNER + GEOMETRY, "crystal"),
        ("mgo.outp", BANNER + PROPERTIES, "properties"),
        ("slurm-12.out", b"loading modules\n" + DECK + BANNER + GEOMETRY, "crystal"),
        ("any", BANNER + GEOMETRY + BANNER + PROPERTIES, "crystal"),
        ("mgo.out", BANNER, "crystal"),
        ("mgo.outp", BANNER, "properties"),
        ("mgo.out", GEOMETRY, None),
        ("mgo.out", b"", None),
        ("mgo.out", b" *  CRYSTAL is a word  *\n", None),
        ("mgo.out", b"\0\xff" * 50, None),
        ("SCFOUT.LOG", b" CYC   0 ETOT(AU) -2.0E+02 DETOT -2.0E+02\n", "crystal"),
    ],
)
def test_an_output_is_recognised_by_its_banner_or_as_a_log_of_scfs(
    name: str, head: bytes, program: str | None
) -> None:
    assert recognise(name, head) == program


def test_every_main_output_of_the_corpora_is_recognised() -> None:
    for row in corpora.rows("open/crystal/truth.tsv"):
        name = PurePosixPath(row["path"]).name
        # What has no version has no banner: the log of an optimisation's SCFs.
        expected = row["program"].partition("+")[0] if row["version"] else "crystal"
        assert recognise(name, corpora.content(row)[:65536]) == expected, name


@pytest.mark.parametrize("manifest_kind", ["open/vasp/", "open/qe/"])
def test_no_file_of_another_code_is_taken(manifest_kind: str) -> None:
    paths = [
        row["path"]
        for row in corpora.rows("MANIFEST.tsv")
        if row["path"].startswith(manifest_kind)
    ]
    assert len(paths) > 50
    for path in paths:
        head = (corpora.ROOT / path).read_bytes()[:65536]
        assert recognise(PurePosixPath(path).name, head) is None, path


@pytest.mark.parametrize(
    ("program", "output", "names", "inputs"),
    [
        ("crystal", "mgo.out", ["mgo.out", "mgo.d12", "other.d12"], ("mgo.d12",)),
        ("crystal", "mgo.cryst.out", ["mgo.d12", "mgo.gui"], ("mgo.d12",)),
        ("crystal", "a.b.out", ["a.d12", "a.b.d12"], ("a.b.d12",)),
        ("crystal", "MgO.OUT", ["mgo.D12"], ("mgo.D12",)),
        ("crystal", "mgo.out", ["INPUT", "fort.34"], ("INPUT",)),
        ("crystal", "mgo.out", ["other.d12"], ()),
        ("properties", "mgo.outp", ["mgo.d3", "mgo.d12"], ("mgo.d3",)),
        ("crystal", "out", ["INPUT"], ("INPUT",)),
        ("crystal", "mgo.out", [], ()),
    ],
)
def test_the_deck_beside_has_the_outputs_stem(
    program: str, output: str, names: list[str], inputs: tuple[str, ...]
) -> None:
    assert inputs_beside(program, output, names) == inputs


def test_an_echoed_deck_is_cut_out_of_what_the_script_prints() -> None:
    before = b"hostname n1\ncrystal executable in /opt/crystal\n"
    after = b"\nFri May  5 12:23:02 CEST 2017\n PROCESS    0  OF    8  WORKING\n"
    assert echoed_deck(before + DECK + after + BANNER) == DECK


def test_a_deck_without_a_line_end_runs_into_the_scripts_words() -> None:
    deck = DECK.rstrip(b"\n")
    assert echoed_deck(deck + b"Defaulting to ethernet\n" + BANNER) == deck


def test_without_a_deck_before_the_banner_there_is_none() -> None:
    assert echoed_deck(BANNER + DECK) is None
    assert echoed_deck(b"MgO\nCRYSTAL\n0 0 0\n" + BANNER) is None
    assert echoed_deck(DECK) is None
    assert echoed_deck(b"") is None


def test_every_deck_that_is_known_to_be_echoed_is_found() -> None:
    outputs = {
        PurePosixPath(row["path"]).name: row
        for row in corpora.rows("open/crystal/truth.tsv")
    }
    decks = [
        row["path"]
        for row in corpora.rows("MANIFEST.tsv")
        if row["path"].startswith("open/crystal/d12_from_out/")
    ]
    assert len(decks) > 30
    for path in decks:
        stem = PurePosixPath(path).name.removesuffix(".d12")
        row = next(row for name, row in outputs.items() if name.startswith(f"{stem}."))
        found = echoed_deck(corpora.content(row))
        assert found is not None, path
        assert lines(found) == lines((corpora.ROOT / path).read_bytes()), path


def lines(deck: bytes) -> list[bytes]:
    return [line.rstrip() for line in deck.strip().split(b"\n")]
