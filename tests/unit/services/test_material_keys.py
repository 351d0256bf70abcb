"""Keys of the databases: which one counts, and that none is shown."""

import pytest

from crystalmathd.runners.secrets import SecretKind, Secrets, SecretText
from crystalmathd.services.material_keys import MaterialKeys, no_key

pytestmark = pytest.mark.anyio
CANARY = "canary-of-keys"
MP, CONTRIBS = SecretKind.MP_API_KEY, SecretKind.MPCONTRIBS_API_KEY


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def key(keys: MaterialKeys, source: str) -> str | None:
    found = await keys.key_of(source)
    return None if found is None else found.reveal()


async def test_contributions_have_a_key_of_their_own_or_that_of_the_project() -> None:
    keys = MaterialKeys({MP: SecretText("a")}, Secrets())
    assert [await key(keys, one) for one in ("mp", "mpcontribs")] == ["a", "a"]
    assert await key(keys, "optimade") is None
    keys = MaterialKeys({MP: SecretText("a"), CONTRIBS: SecretText("b")}, Secrets())
    assert await key(keys, "mpcontribs") == "b"


async def test_a_kept_key_counts_until_it_is_forgotten() -> None:
    keys = MaterialKeys({}, Secrets())
    assert await key(keys, "mp") is None
    kept = await keys.store(MP, f" {CANARY}\n", keep=False)
    assert (kept.where, kept.note) == ("memory", None)
    assert await key(keys, "mp") == await key(keys, "mpcontribs") == CANARY
    assert CANARY not in repr(vars(keys))
    assert await keys.forget(MP)
    assert not await keys.forget(MP)
    assert await key(keys, "mp") is None


async def test_the_environment_stands_above_what_is_kept() -> None:
    keys = MaterialKeys({MP: SecretText("a")}, Secrets())
    kept = await keys.store(MP, "b", keep=False)
    assert kept.note == "MP_API_KEY of the daemon's environment stands above it"
    assert await key(keys, "mp") == "a"


def test_without_a_key_it_is_said_where_to_get_one() -> None:
    assert "MPCONTRIBS_API_KEY" in no_key("mpcontribs")
    assert "next-gen.materialsproject.org/api" in no_key("mp")
