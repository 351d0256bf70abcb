"""Every reader of sections on outputs that were cut, damaged, or of another program."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crystalmathd.codes.crystal.bands import read_bands
from crystalmathd.codes.crystal.dielectric import read_dielectric
from crystalmathd.codes.crystal.elastic import read_elastic
from crystalmathd.codes.crystal.equation_of_state import read_equation_of_state
from crystalmathd.codes.crystal.fort25 import read_fort25
from crystalmathd.codes.crystal.grace import read_band_dat, read_doss_dat
from crystalmathd.codes.crystal.projections import read_projections
from crystalmathd.codes.crystal.vibrations import read_vibrations
from tests.unit.codes import (
    corpora,
    test_crystal_densities,
    test_crystal_plots,
    test_crystal_responses,
)
from tests.unit.codes.test_crystal_vibrations import GAMMA_ONLY

ALIKE: Final = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
OF_LINES: Final[tuple[Callable[[Sequence[str]], Any], ...]] = (
    read_vibrations,
    read_elastic,
    read_equation_of_state,
    read_dielectric,
    read_bands,
    read_projections,
)
OF_BYTES: Final[tuple[Callable[[bytes], Any], ...]] = (
    read_fort25,
    read_band_dat,
    read_doss_dat,
)
OUTPUT: Final = "".join(
    (
        GAMMA_ONLY,
        test_crystal_responses.CONSTANTS,
        test_crystal_responses.STATES,
        test_crystal_responses.LINEAR.format("0.000"),
        test_crystal_plots.PATH,
    )
)
PLOTS: Final = (
    test_crystal_plots.BAND_DAT,
    test_crystal_densities.DOSS_DAT,
    b"".join(
        test_crystal_plots.BAND_RECORD.format(
            1, "    0    0    0    4    0    4", e
        ).encode()
        for e in (1.0, 2.0)
    )
    + test_crystal_densities.DOSS_RECORD.format(1, 1, 1.0).encode(),
)


def _numbers(value: Any) -> Iterator[float]:
    """Yield every number in a result."""
    if isinstance(value, (int, float)):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _numbers(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _numbers(getattr(value, one.name))


def _read_all(data: bytes) -> None:
    """Read with every reader: no exception, and no number that is none."""
    lines = data.decode("utf-8", "replace").split("\n")
    results = [read(lines) for read in OF_LINES] + [read(data) for read in OF_BYTES]
    assert all(math.isfinite(number) for number in _numbers(tuple(results)))


@ALIKE
@given(st.data())
def test_a_cut_output_is_read_to_its_end(data: st.DataObject) -> None:
    _read_all(OUTPUT.encode()[: data.draw(st.integers(0, len(OUTPUT)))])
    plot = data.draw(st.sampled_from(PLOTS))
    _read_all(plot[: data.draw(st.integers(0, len(plot)))])


@ALIKE
@given(st.data())
def test_damaged_characters_are_no_exception(data: st.DataObject) -> None:
    text = bytearray(data.draw(st.sampled_from((OUTPUT.encode(), *PLOTS))))
    for _ in range(data.draw(st.integers(1, 30))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place] = data.draw(st.sampled_from(b"*-+.0189 EeDNa(|)/@#\n\0\xff"))
    _read_all(bytes(text))


@ALIKE
@given(st.data())
def test_lines_that_are_missing_or_twice_there_are_no_exception(
    data: st.DataObject,
) -> None:
    lines = data.draw(st.sampled_from((OUTPUT.encode(), *PLOTS))).split(b"\n")
    for _ in range(data.draw(st.integers(1, 10))):
        place = data.draw(st.integers(0, len(lines) - 1))
        lines[place : place + 1] = [lines[place]] * data.draw(st.integers(0, 2))
        lines = lines or [b""]
    _read_all(b"\n".join(lines))


@pytest.mark.parametrize("digits", ["9" * 12, "9" * 5000, "1E+300"])
def test_numbers_that_are_too_large_are_no_exception(digits: str) -> None:
    for text in (OUTPUT, *(plot.decode() for plot in PLOTS)):
        for number in sorted(set(text.split()))[:200]:
            if number.lstrip("-").replace(".", "").isdecimal():
                _read_all(text.replace(f" {number}", f" {digits}").encode())


@ALIKE
@given(st.binary(max_size=3000))
def test_rubbish_gives_nothing(data: bytes) -> None:
    lines = data.decode("utf-8", "replace").split("\n")
    assert [read(lines) for read in OF_LINES] == [None] * 5 + [()]
    assert [read(data) for read in OF_BYTES] == [None] * 3


@pytest.mark.parametrize(
    "path",
    [
        "tilde__CRYSTAL__mgo-222.out",
        "aiida-crystal-dft__mgo_sto3g_raman__crystal.out",
        "CRYSTALpytools__spectra__spec_dryIceS1Raman.out",
        "nomad-parser-crystal__band_structure_nacl_hf__NaCl.out",
        "pycrystal__pycrystal__2324.out",
    ],
)
def test_a_real_output_that_was_cut_says_nothing_else(path: str) -> None:
    (row,) = [
        row
        for row in corpora.rows("open/crystal/truth.tsv")
        if row["path"].endswith(f"/{path}")
    ]
    lines = corpora.content(row).decode("utf-8", "replace").split("\n")
    whole = read_vibrations(lines)
    for end in range(0, len(lines), max(1, len(lines) // 60)):
        for read in OF_LINES:
            read(lines[:end])
        cut = read_vibrations(lines[:end])
        for point, other in zip(
            cut.points if cut else (), whole.points if whole else (), strict=False
        ):
            found = [mode.frequency_cm for mode in point.modes]
            assert point.q == other.q
            assert found == [mode.frequency_cm for mode in other.modes][: len(found)]


@pytest.mark.parametrize("table", ["open/vasp/truth.tsv", "open/qe/truth.tsv"])
def test_outputs_of_other_programs_give_nothing(table: str) -> None:
    count = 0
    for row in corpora.rows(table):
        path = corpora.ROOT / row["path"]
        if not path.is_file() or path.stat().st_size > 400_000:
            continue
        count += 1
        lines = path.read_bytes().decode("utf-8", "replace").split("\n")
        assert [read(lines) for read in OF_LINES] == [None] * 5 + [()], path
    assert count >= 20
