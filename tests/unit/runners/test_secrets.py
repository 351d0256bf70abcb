"""Secrets in memory, and how they show themselves."""

import pickle
import traceback

import pytest

from crystalmathd.runners.secrets import (
    SecretKind,
    SecretPlace,
    Secrets,
    SecretText,
    Stored,
)

pytestmark = pytest.mark.anyio
WORD = "canary-4711"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_a_secret_does_not_show_itself() -> None:
    secret = SecretText(WORD)
    shown = (repr(secret), str(secret), f"{secret}", "%s" % secret, repr([secret]))  # noqa: UP031  # as logging does
    assert not any(WORD in text for text in shown)
    assert secret.reveal() == WORD


def test_a_traceback_that_passed_a_secret_does_not_hold_it() -> None:
    with pytest.raises(ValueError, match=r"\*\*\*") as caught:
        int(str(SecretText(WORD)))
    assert WORD not in "".join(traceback.format_exception(caught.value))


def test_a_secret_is_not_pickled_by_accident() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(SecretText(WORD))


async def test_without_being_asked_a_secret_stays_in_memory() -> None:
    secrets = Secrets()
    stored = await secrets.store(
        SecretKind.PASSWORD, "far", SecretText(WORD), is_kept=False
    )
    assert stored == Stored(where=SecretPlace.MEMORY)
    found = await secrets.get(SecretKind.PASSWORD, "far")
    assert found == SecretText(WORD)
    assert await secrets.where(SecretKind.PASSWORD, "far") is SecretPlace.MEMORY
    other = Secrets()
    assert await other.get(SecretKind.PASSPHRASE, "far") is None


async def test_kinds_and_subjects_are_kept_apart() -> None:
    secrets = Secrets()
    await secrets.store(SecretKind.PASSWORD, "far", SecretText("1"), is_kept=False)
    await secrets.store(SecretKind.PASSPHRASE, "far", SecretText("2"), is_kept=False)
    await secrets.store(SecretKind.PASSWORD, "near", SecretText("3"), is_kept=False)
    await secrets.forget(SecretKind.PASSWORD, "far")
    assert await secrets.get(SecretKind.PASSWORD, "far") is None
    assert await secrets.get(SecretKind.PASSPHRASE, "far") == SecretText("2")
    assert await secrets.get(SecretKind.PASSWORD, "near") == SecretText("3")
