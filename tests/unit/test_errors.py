"""What users are told: one sentence after the other, each with one stop."""

import pytest

from crystalmathd.errors import (
    CrystalmathError,
    SettingInvalidError,
    StoreFullError,
    StoreUnavailableError,
)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            StoreUnavailableError(reason="it is closed."),
            "The store cannot answer: it is closed.",
        ),
        (
            StoreFullError(reason="make room."),
            "The disk of the store is full: make room. Nothing was stored.",
        ),
        (
            StoreUnavailableError(reason="{a} in ../store"),
            "The store cannot answer: {a} in ../store.",
        ),
        (
            SettingInvalidError(name="cores", value="x", origin="/c", reason="no."),
            "cores = 'x' from /c: no.",
        ),
    ],
)
def test_a_fact_that_is_a_sentence_brings_no_second_stop(
    error: CrystalmathError, said: str
) -> None:
    assert str(error) == said
