"""Settings of the materials search, and where its keys are found."""

from pathlib import Path

import pytest

from crystalmathd.errors import SettingInvalidError
from crystalmathd.services.doctor import shown_settings
from crystalmathd.settings import Settings, load_settings
from crystalmathd.settings.layers import find_secret
from crystalmathd.settings.materials import OPTIMADE_PROVIDERS

CANARY = "canary-of-settings"


def load(home: Path, toml: str = "", **environ: str) -> Settings:
    (home / "config.toml").write_text(toml)
    options = {"config": str(home / "config.toml")}
    return load_settings(options, {"HOME": str(home), **environ})


def test_names_that_users_know_are_understood(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        MP_API_ENDPOINT="http://localhost:1",
        MATERIALS_CACHE_TTL_DAYS="2",
        MATERIALS_REQUEST_TIMEOUT="4",
        MATERIALS_MAX_RETRIES="0",
    )
    assert settings.mp_api_endpoint == "http://localhost:1"
    assert settings.materials_structure_days == 2
    assert (settings.materials_timeout_s, settings.materials_retries) == (4, 0)
    assert settings.materials_search_days == 7
    assert settings.optimade_providers == OPTIMADE_PROVIDERS


def test_providers_stand_in_a_table_or_in_a_line(tmp_path: Path) -> None:
    line = "cod=https://cod.x, ours=http://localhost:5/optimade"
    providers = {"cod": "https://cod.x", "ours": "http://localhost:5/optimade"}
    found = load(tmp_path, CRYSTALMATH_OPTIMADE_PROVIDERS=line)
    assert found.optimade_providers == providers
    table = '[optimade_providers]\ncod = "https://cod.x"\nours = "http://localhost:5/optimade"\n'
    found = load(tmp_path, table)
    assert found.optimade_providers == providers
    shown = {name: value for name, value, _ in shown_settings(found)}
    assert shown["optimade_providers"] == line


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"MP_API_ENDPOINT": "localhost"}, "must be a URL"),
        ({"MP_API_ENDPOINT": "http://me:secret@x"}, "without a user"),
        ({"CRYSTALMATH_OPTIMADE_PROVIDERS": "A/B=http://x"}, "no name of a provider"),
        ({"CRYSTALMATH_OPTIMADE_PROVIDERS": "cod"}, "must be a URL"),
        ({"MATERIALS_CACHE_TTL_DAYS": "0"}, "above 0"),
        ({"MATERIALS_CACHE_TTL_DAYS": "inf"}, "above 0"),
        ({"MATERIALS_MAX_RETRIES": "-1"}, "not be negative"),
    ],
)
def test_what_cannot_be_used_is_told(
    tmp_path: Path, environ: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingInvalidError, match=words):
        load(tmp_path, **environ)


def test_a_key_is_found_and_never_part_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "config.toml"
    toml = f'[environment]\nMP_API_KEY = "{CANARY}-3"\n'
    for expected, environ in (
        (f"{CANARY}-3", {}),
        (f"{CANARY}-2", {}),
        (f"{CANARY}-1", {"MP_API_KEY": f"{CANARY}-1"}),
    ):
        if expected.endswith("2"):
            (tmp_path / ".env").write_text(f"MP_API_KEY={CANARY}-2\n")
        settings = load(tmp_path, toml, **environ)
        assert find_secret("MP_API_KEY", environ, config) == expected
        assert CANARY not in repr(settings)
        shown = {name: (value, at) for name, value, at in shown_settings(settings)}
        assert shown["MP_API_KEY"] == ("set", settings.secrets["MP_API_KEY"])
        assert shown["MPCONTRIBS_API_KEY"][0] == "not set"
    assert settings.secrets["MP_API_KEY"] == "environment: MP_API_KEY"
    assert find_secret("ANTHROPIC_API_KEY", {}, config) is None
