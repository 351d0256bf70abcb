"""`materials` on the command line: what is asked, and how answers are told."""

import json
import time
from typing import Any

import pytest

from crystalmath.cli.material_cache import parse_age
from crystalmath.cli.material_text import age_text
from crystalmath.cli.materials import parse_range, parse_real_range
from crystalmath_protocol import hosts, materials
from crystalmath_protocol.calculations import Structure
from crystalmath_protocol.sourced import Origin, SourcedStructure
from tests.unit.client.conftest import Command
from tests.unit.client.fake_daemon import FakeDaemon

DAY_MS = 86_400_000
NOTHING = materials.MaterialQuery(
    formula="MgO",
    elements=(),
    chemical_system=None,
    material_ids=(),
    optimade_filter=None,
    bounds=(),
    limit=20,
)
MGO = materials.Material(
    material_id="mp-1265",
    source="mp",
    provider="mp",
    formula="MgO",
    n_sites=2,
    space_group="Fm-3m",
    properties=(
        materials.MaterialProperty(name="band_gap_ev", value=4.45, unit="eV"),
        materials.MaterialProperty(
            name="energy_above_hull_ev_atom", value=0.0, unit="eV/atom", method="r2SCAN"
        ),
        materials.MaterialProperty(name="is_magnetic", value=False),
    ),
    licence="CC BY 4.0",
    citation="A. Jain et al.",
)


def report(**fields: Any) -> materials.SourceReport:
    values: dict[str, Any] = {"source": "mp", "provider": "mp", "state": "answered"}
    return materials.SourceReport(**values | fields)


def found(*reports: materials.SourceReport, n: int = 1) -> Any:
    return lambda _: materials.SearchMaterialsResult(
        query=NOTHING, materials=(MGO,) * n, reports=reports
    )


def test_the_words_of_a_search_are_handed_on(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["search_materials"] = found(report())
    said = crystalmath(
        *("materials", "search", "MgO", "--elements", "Mg,O", "--gap", "1:3"),
        *("--hull", ":0.05", "--space-group", "225", "--limit", "7", "--refresh"),
        *("--source", "mp", "--source", "optimade", "--id", "mp-1"),
    )
    assert said.code == 0
    [asked] = fake.asked("search_materials")
    assert (asked.text, asked.elements, asked.limit) == ("MgO", ("Mg", "O"), 7)
    assert asked.sources == ("mp", "optimade")
    assert asked.refresh
    assert asked.material_ids == ("mp-1",)
    assert {one.name: (one.least, one.most) for one in asked.bounds} == {
        "band_gap_ev": (1.0, 3.0),
        "energy_above_hull_ev_atom": (None, 0.05),
        "space_group": (225.0, 225.0),
    }


def test_the_table_has_units_and_tells_how_old_an_answer_is(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fetched_ms = int(time.time() * 1000) - 9 * DAY_MS
    old = report(
        fetched_ms=fetched_ms,
        is_stale=True,
        is_cached=True,
        kind="unreachable",
        message="It cannot be reached.",
    )
    failed = report(
        source="optimade", provider="cod", state="failed", message="A fault."
    )
    fake.answers["search_materials"] = found(old, failed)
    said = crystalmath("materials", "search", "MgO")
    header, row = said.out.splitlines()
    assert "GAP/eV" in header
    assert "ABOVE_HULL/eV/atom" in header
    assert row.split()[:7] == ["mp-1265", "MgO", "Fm-3m", "2", "4.450", "0.000", "mp"]
    assert row.endswith("9d00h stale")
    assert said.err.splitlines() == [
        "mp: answered, old answer (9d00h). It cannot be reached.",
        "optimade/cod: failed. A fault.",
    ]
    assert said.code == 0


def test_it_fails_only_if_nobody_has_answered(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    fake.answers["search_materials"] = found(report(state="empty"), n=0)
    said = crystalmath("materials", "search", "MgO")
    assert (said.code, said.out) == (0, "")
    assert "No database has such a material" in said.err
    bad = report(state="skipped", message="There is no key.")
    fake.answers["search_materials"] = found(bad, n=0)
    said = crystalmath("materials", "search", "MgO")
    assert (said.code, said.out) == (1, "")
    assert said.err == "mp: skipped. There is no key.\n"
    assert crystalmath("materials", "search", "MgO", "--json").code == 1


def test_details_have_units_licence_and_atoms(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    sourced = SourcedStructure(
        structure=Structure(
            dimension=3,
            lattice_a=((0.0, 2.1, 2.1), (2.1, 0.0, 2.1), (2.1, 2.1, 0.0)),
            atomic_numbers=(12, 8),
            positions_a=((0.0, 0.0, 0.0), (2.1, 2.1, 2.1)),
        ),
        origin=Origin(kind="material", name="mp-1265"),
        moments_ub=(1.5, -1.5),
    )
    [known] = found(report())(None).materials
    whole = materials.Material(
        **{n: getattr(known, n) for n in known.__struct_fields__ if n != "structure"},
        structure=sourced,
    )
    measured = materials.Material(
        material_id="mp-1265",
        source="mpcontribs",
        provider="dielectrics",
        formula="MgO",
        properties=(materials.MaterialProperty(name="eps", value=9.8),),
        citation="B. et al.",
    )
    fake.answers["fetch_material_details"] = lambda _: (
        materials.FetchMaterialDetailsResult(
            material=whole, contributions=(measured,), reports=(report(),)
        )
    )
    said = crystalmath("materials", "show", "mp-1265", "-v").out
    assert "4.45 eV" in said
    assert "0 eV/atom (r2SCAN)" in said
    assert "CC BY 4.0" in said
    assert "a 2.9698, b 2.9698, c 2.9698 Å (3D)" in said
    assert "1.5 -1.5 μB" in said
    assert "contributed: mp-1265 dielectrics" in said
    assert "2.100000" in said
    assert "is_magnetic" in said


def test_the_cache_is_shown_pruned_and_exported(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    now_ms = int(time.time() * 1000)
    line = materials.CachedAnswer(
        key="a" * 64,
        source="optimade",
        provider="cod",
        kind="search",
        query='{"formula":"MgO"}',
        n_materials=2,
        size=1234,
        fetched_ms=now_ms - 3 * DAY_MS,
        expires_ms=now_ms - DAY_MS,
        is_expired=True,
    )
    total = materials.CacheSum(
        source="optimade",
        kind="search",
        n_answers=1,
        n_expired=1,
        size=1_234_000,
        oldest_ms=0,
    )
    fake.answers["fetch_material_cache"] = lambda _: materials.FetchMaterialCacheResult(
        answers=(line,), sums=(total,), health=(), next_page=None
    )
    said = crystalmath("materials", "cache").out
    assert "optimade/cod  search" in said
    assert "3d00h stale" in said
    assert "1 answers, 1.2 MB; 1 have expired" in said
    fake.answers["prune_material_cache"] = lambda _: materials.PruneMaterialCacheResult(
        n_pruned=3, n_left=1
    )
    assert crystalmath("materials", "cache", "prune").code == 2
    said = crystalmath("materials", "cache", "prune", "--older-than", "30d").out
    assert said == "3 answers are forgotten, 1 are left.\n"
    [asked] = fake.asked("prune_material_cache")
    assert asked.older_than_ms == 30 * DAY_MS
    fake.answers["export_material_cache"] = lambda _: (
        materials.ExportMaterialCacheResult(
            n_answers=0, text='{"answers":[]}', blob=None
        )
    )
    exported = crystalmath("materials", "cache", "export").out
    assert json.loads(exported) == {"answers": []}


def test_a_key_is_kept_and_never_said(
    fake: FakeDaemon, crystalmath: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    fake.answers["store_secret"] = lambda _: hosts.StoreSecretResult(
        cluster="", kind="mp-api-key", kept_in="memory", note="there is no keyring"
    )
    monkeypatch.setattr("sys.stdin", io.StringIO("canary-key\n"))
    said = crystalmath("materials", "key")
    assert "in the memory of the daemon" in said.out
    assert "canary" not in said.out + said.err
    [asked] = fake.asked("store_secret")
    assert (asked.cluster, asked.kind, asked.secret) == (
        None,
        "mp-api-key",
        "canary-key",
    )


@pytest.mark.parametrize(
    ("word", "ends"),
    [
        ("1:3", (1.0, 3.0)),
        ("2:", (2.0, None)),
        (":0.05", (None, 0.05)),
        ("225", (225.0, 225.0)),
        ("-1e-3:.5", (-0.001, 0.5)),
    ],
)
def test_a_range_has_one_end_or_two(word: str, ends: Any) -> None:
    assert parse_range(word) == ends


@pytest.mark.parametrize("word", ["", ":", "a:b", "1:2:3", "1-3", "nan:"])
def test_what_is_no_range_is_told(word: str) -> None:
    with pytest.raises(ValueError, match="is no range"):
        parse_range(word)


def test_what_is_measured_is_never_asked_for_to_the_last_digit() -> None:
    assert parse_real_range("0") == (0.0, 0.0)
    assert parse_real_range("4:") == (4.0, None)
    with pytest.raises(ValueError, match=r"4: \(at least\)"):
        parse_real_range("4")


def test_a_bare_gap_is_refused_and_a_space_group_is_not(
    fake: FakeDaemon, crystalmath: Command
) -> None:
    said = crystalmath("materials", "search", "MgO", "--gap", "4")
    assert said.code == 2
    assert "at least" in said.err
    assert fake.asked("search_materials") == []


def test_ages_are_read_and_written() -> None:
    assert parse_age("30d") == 30 * DAY_MS
    with pytest.raises(ValueError, match="no age"):
        parse_age("30")
    assert age_text(None) == ""
    assert age_text(int(time.time() * 1000)) == "now"
