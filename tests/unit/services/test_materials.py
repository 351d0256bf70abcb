"""Whom a search asks, what it keeps, and what it says when nobody answers."""

import re
from pathlib import Path

import anyio
import pytest
from anyio.lowlevel import checkpoint

from crystalmathd.errors import (
    AuthenticationError,
    MaterialNotFoundError,
    MaterialQuestionError,
    MaterialUnavailableError,
    OutputUnreadableError,
    StoreFullError,
)
from crystalmathd.models.materials import Bound
from crystalmathd.services.material_questions import MaterialAsked
from crystalmathd.services.materials import Found
from tests.unit.services.fake_sources import CONTRIBS, CUBE, MP, Bench, bench, material

pytestmark = pytest.mark.anyio
MGO = MaterialAsked(text="MgO")
ROCK_SALT = material()
IN_COD = material("cod/9", source="optimade", provider="cod")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def states(found: Found) -> dict[str, str]:
    return {f"{one.source}/{one.provider}": one.state for one in found.reports}


async def test_the_second_search_asks_nobody(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.pool.says[MP] = (ROCK_SALT,)
        first = await one.materials.search(MaterialAsked(text="SiO2"))
        again = await one.materials.search(MaterialAsked(text="Si2 O4"))
        assert one.pool.sources == [MP]
        assert one.pool.query().formula == "O2Si"
        assert first.materials == again.materials == (ROCK_SALT,)
        assert [r.is_cached for r in first.reports + again.reports] == [False, True]
        assert again.reports[0].fetched_ms == one.clock[0]
        await one.materials.search(MaterialAsked(text="SiO2"), refresh=True)
        await one.materials.search(MaterialAsked(text="SiO2", limit=21))
        assert one.pool.sources == [MP] * 3


async def test_a_hundred_at_once_are_one_request(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.pool.says[MP] = (ROCK_SALT,)
        one.pool.gate = anyio.Event()
        found = []

        async def ask() -> None:
            found.append(await one.materials.search(MGO))

        async with anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(ask)
            with anyio.fail_after(30):
                while one.n_waiting < 100:
                    await checkpoint()
            one.pool.gate.set()
        assert len(found) == 100
        assert one.pool.sources == [MP]


@pytest.mark.parametrize("says", ["unreachable", "timeout", ()])
async def test_optimade_answers_when_the_project_does_not(
    tmp_path: Path, says: str | tuple[()]
) -> None:
    async with bench(tmp_path) as one:
        one.pool.says |= {MP: says, "optimade/cod": (IN_COD,)}
        found = await one.materials.search(MGO)
        assert found.materials == (IN_COD,)
        assert states(found) == {
            "mp/mp": "failed" if says else "empty",
            "optimade/mp": "empty",
            "optimade/cod": "answered",
        }


async def test_without_a_key_optimade_is_asked_and_it_is_said_how_to_get_one(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path, keys={}) as one:
        one.pool.says["optimade/cod"] = (IN_COD,)
        found = await one.materials.search(MGO)
        assert one.pool.sources == ["optimade"]
        assert found.materials == (IN_COD,)
        first = found.reports[0]
        assert (first.state, first.kind) == ("skipped", "authentication")
        assert "crystalmath materials key" in first.message
        assert "MP_API_KEY" in first.message
        with pytest.raises(AuthenticationError, match="materials key"):
            await one.materials.search(MGO, [MP])
        with pytest.raises(AuthenticationError, match="MPCONTRIBS_API_KEY"):
            await one.materials.search(MGO, [CONTRIBS])


async def test_a_wrong_key_is_an_error_only_if_nobody_else_was_asked(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as one:
        one.pool.says |= {MP: "authentication", "optimade/cod": (IN_COD,)}
        with pytest.raises(AuthenticationError):
            await one.materials.search(MGO, [MP])
        assert (await one.materials.search(MGO)).materials == (IN_COD,)
        assert one.pool.sources == [MP, MP, "optimade"]  # never kept, never paused


async def test_one_bad_provider_spoils_nothing_and_is_asked_again_alone(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as one:
        one.pool.says |= {"optimade/mp": "server", "optimade/cod": (IN_COD,)}
        found = await one.materials.search(MGO, ["optimade"])
        assert found.materials == (IN_COD,)
        assert states(found) == {"optimade/mp": "failed", "optimade/cod": "answered"}
        found = await one.materials.search(MGO, ["optimade"])
        assert found.materials == (IN_COD,)
        assert list(one.pool.asked[-1][1]["access"]["providers"]) == ["mp"]
        assert [report.is_cached for report in found.reports] == [False, True]


async def test_an_old_answer_is_given_marked_when_nobody_can_be_reached(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as one:
        one.pool.says[MP] = (ROCK_SALT,)
        await one.materials.search(MGO)
        one.forward(days=6.9)
        await one.materials.search(MGO)
        assert len(one.pool.asked) == 1
        one.forward(days=0.2)
        one.pool.says[MP] = "unreachable"
        found = await one.materials.search(MGO)
        assert found.materials == (ROCK_SALT,)
        [report] = found.reports
        assert (report.is_stale, report.is_cached) == (True, True)
        assert report.kind == "unreachable"
        assert one.pool.sources == [MP] * 2
        one.pool.says[MP] = (ROCK_SALT,)
        [report] = (await one.materials.search(MGO)).reports
        assert (report.is_stale, report.is_cached) == (False, False)


async def test_that_nothing_is_there_is_known_for_an_hour(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.materials.search(MGO, [MP])
        one.forward(days=0.9 / 24)
        await one.materials.search(MGO, [MP])
        assert len(one.pool.asked) == 1
        one.forward(days=0.2 / 24)
        await one.materials.search(MGO, [MP])
        assert len(one.pool.asked) == 2


async def test_a_source_that_fails_in_a_row_is_left_alone_for_growing_times(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as one:
        one.pool.says[MP] = "timeout"
        for _ in range(3):
            await one.materials.search(MGO, [MP])
        [report] = (await one.materials.search(MGO, [MP])).reports
        assert len(one.pool.asked) == 3
        assert report.state == "skipped"
        assert "3 times in a row (timeout: It failed: timeout)" in report.message
        one.clock[0] += 61_000
        await one.materials.search(MGO, [MP])
        assert len(one.pool.asked) == 4
        one.clock[0] += 61_000  # now it is two minutes
        await one.materials.search(MGO, [MP])
        assert len(one.pool.asked) == 4
        one.pool.says[MP] = (ROCK_SALT,)
        assert (await one.materials.search(MGO, [MP], refresh=True)).materials
        one.pool.says[MP] = "timeout"
        for text in ("CaO", "SrO", "BaO"):
            await one.materials.search(MaterialAsked(text=text), [MP])
        assert len(one.pool.asked) == 8


async def test_who_waits_too_long_gets_what_is_known(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.pool.gate = anyio.Event()
        [report] = (await one.materials.search(MGO, [MP], wait_s=0.05)).reports
        assert (report.state, report.kind) == ("failed", "timeout")
        said = re.fullmatch(r"It gave no answer within (\S+) s\.", report.message)
        assert said is not None
        assert float(said[1]) > 0  # a busy machine waits longer, a cold cache less


async def test_what_is_known_needs_no_wait(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.pool.says["optimade/cod"] = (IN_COD,)
        one.pool.says["optimade/mp"] = "server"
        await one.materials.search(MGO, ["optimade"])
        one.pool.gate = anyio.Event()
        found = await one.materials.search(MGO, ["optimade"], wait_s=0)
        assert found.materials == (IN_COD,)
        assert [report.kind for report in found.reports] == ["timeout", ""]


async def test_all_sources_together_have_the_time_that_is_waited(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as one:
        one.pool.gate = anyio.Event()
        started = anyio.current_time()
        found = await one.materials.search(MGO, wait_s=0.2)
        assert {report.kind for report in found.reports} == {"timeout"}
        assert len(found.reports) == 3
        assert anyio.current_time() - started < 0.39


async def test_of_many_providers_each_has_its_share(tmp_path: Path) -> None:
    many = tuple(
        material(f"mp/{n}", source="optimade", provider="mp") for n in range(9)
    )
    async with bench(tmp_path) as one:
        one.pool.says |= {"optimade/mp": many, "optimade/cod": (IN_COD,)}
        asked = MaterialAsked(text="MgO", limit=3)
        found = await one.materials.search(asked, ["optimade"])
        ids = [material.material_id for material in found.materials]
        assert ids == ["mp/0", "mp/1", "cod/9"]


async def test_an_old_answer_that_there_is_nothing_is_no_refusal(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as one:
        await one.materials.search(MGO, [MP])
        one.forward(days=1)
        one.pool.says[MP] = "authentication"
        [report] = (await one.materials.search(MGO, [MP])).reports
        assert (report.state, report.is_stale) == ("empty", True)


async def test_a_source_has_so_much_time_and_no_more(tmp_path: Path) -> None:
    async with bench(tmp_path, deadline_s=0.05) as one:
        one.pool.gate = anyio.Event()
        [report] = (await one.materials.search(MGO, [MP])).reports
        assert (report.state, report.kind) == ("failed", "timeout")


async def test_a_source_has_its_time_from_when_a_worker_is_free(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path, deadline_s=0) as one:
        one.pool.says[MP] = (ROCK_SALT,)
        [report] = (await one.materials.search(MGO, [MP])).reports
        assert (report.state, report.kind) == ("answered", "")


async def test_a_worker_that_fails_is_told_and_not_held_against_the_source(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path, CRYSTALMATH_MATERIALS_FAILURES="1") as one:
        one.pool.error = OutputUnreadableError(path=MP, reason="it died twice")
        [report] = (await one.materials.search(MGO, [MP])).reports
        assert (report.state, report.kind) == ("failed", "worker")
        assert report.message == "it died twice"
        one.pool.error = None
        [report] = (await one.materials.search(MGO, [MP])).reports
        assert report.state == "empty"


async def test_without_room_in_the_store_the_answer_is_given_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_change: object) -> None:
        raise StoreFullError(reason="no space left")

    async with bench(tmp_path) as one:
        one.pool.says[MP] = (ROCK_SALT,)
        monkeypatch.setattr(one.database, "transact", full)
        for _ in range(2):
            assert (await one.materials.search(MGO)).materials == (ROCK_SALT,)
        assert len(one.pool.asked) == 2


async def test_sources_that_were_chosen_are_all_asked(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.pool.says |= {MP: (ROCK_SALT,), "optimade/cod": (IN_COD,)}
        found = await one.materials.search(MGO, ["optimade", MP, MP])
        assert found.materials == (IN_COD, ROCK_SALT)
        assert sorted(one.pool.sources) == [MP, "optimade"]
        limited = MaterialAsked(text="MgO", limit=1)
        found = await one.materials.search(limited, ["optimade", MP])
        assert found.materials == (IN_COD,)


async def test_who_cannot_be_asked_this_is_not_asked(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.pool.says["optimade/cod"] = (IN_COD,)
        asked = MaterialAsked(optimade_filter="nsites<9")
        found = await one.materials.search(asked)
        assert one.pool.sources == ["optimade"]
        assert "does not take OPTIMADE filters" in found.reports[0].message
        found = await one.materials.search(MaterialAsked(text="cod/9"))
        assert list(one.pool.asked[-1][1]["access"]["providers"]) == ["cod"]
        assert one.pool.query().material_ids == ("cod/9",)
        assert "is an id of it" in found.reports[0].message


async def test_an_id_of_the_project_is_one_at_its_provider_too(tmp_path: Path) -> None:
    in_mp = material("mp/mp-1265", source="optimade", provider="mp")
    async with bench(tmp_path, keys={}) as one:
        one.pool.says["optimade/mp"] = (in_mp,)
        found = await one.materials.search(MaterialAsked(text="mp-1265"))
        assert found.materials == (in_mp,)
        assert one.pool.query().material_ids == ("mp/mp-1265",)
        assert (await one.materials.details("mp-1265")).material == in_mp
        assert await one.materials.structure("mp-1265") == in_mp.structure
        assert one.pool.sources == ["optimade"] * 2


async def test_questions_of_bounds_alone_are_bounded_by_the_limit(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as one:
        bounds = (Bound(name="band_gap_ev", least=9.0),)
        await one.materials.search(MaterialAsked(bounds=bounds), [MP])
        assert one.pool.query().limit == 20
        with pytest.raises(MaterialQuestionError):
            await one.materials.search(MaterialAsked())


async def details_twice(one: Bench, days: float) -> int:
    """Ask for details, let days go by, ask again; return how often mp was asked."""
    await one.materials.details("mp-1265", has_contributions=False)
    one.forward(days=days)
    await one.materials.details("mp-1265", has_contributions=False)
    return one.pool.sources.count(MP)


async def test_structures_live_longer_than_properties(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.pool.says[MP] = (ROCK_SALT,)
        assert await details_twice(one, 6.9) == 1
        one.forward(days=20)
        assert (await one.materials.structure("mp-1265")).structure == CUBE
        assert len(one.pool.asked) == 1
        found = await one.materials.details("mp-1265", has_contributions=False)
        assert len(one.pool.asked) == 2
        assert found.material == ROCK_SALT


async def test_details_hold_what_others_have_contributed(tmp_path: Path) -> None:
    measured = material("mp-1265", source=CONTRIBS, structure=None)
    async with bench(tmp_path) as one:
        one.pool.says |= {MP: (ROCK_SALT,), CONTRIBS: (measured,)}
        found = await one.materials.details("mp-1265")
        assert (found.material, found.contributions) == (ROCK_SALT, (measured,))
        again = await one.materials.details("mp-1265")
        assert again.material == found.material
        assert one.pool.sources == [MP, CONTRIBS]
        one.pool.says[CONTRIBS] = "server"
        found = await one.materials.details("mp-1265", refresh=True)
        assert found.contributions == (measured,)
        assert found.reports[-1].kind == "server"


async def test_what_is_not_there_is_told_apart_from_who_does_not_answer(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as one:
        with pytest.raises(MaterialNotFoundError, match="it has none"):
            await one.materials.details("mp-99999999")
        one.pool.says |= {MP: "timeout", "optimade/mp": "server"}
        with pytest.raises(MaterialUnavailableError, match=r"timeout.*server"):
            await one.materials.structure("mp-1")
        with pytest.raises(MaterialQuestionError, match="Known: mp, cod"):
            await one.materials.details("nomad/1")
        with pytest.raises(MaterialQuestionError, match="an id is"):
            await one.materials.details("MgO")
        one.pool.says[MP] = (material("mp-2", structure=None),)
        with pytest.raises(MaterialNotFoundError, match="no structure"):
            await one.materials.structure("mp-2")


async def test_the_key_goes_to_the_worker_and_to_no_provider(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        await one.materials.search(MGO)
        keys = [arguments["access"]["api_key"] for _, arguments in one.pool.asked]
        assert keys == ["k" * 32, ""]
