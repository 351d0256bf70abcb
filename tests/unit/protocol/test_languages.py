"""One list of files says for everybody which language a file is in."""

import json
from pathlib import Path
from typing import Final

import pytest

from crystalmath_protocol.languages import language_of
from crystalmathd.codes.editing import LANGUAGES
from crystalmathd.codes.vasp.check import input_kind

FILES: Final = json.loads(
    (Path(__file__).parents[2] / "data" / "file_languages.json").read_text()
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file["name"])
def test_a_language_is_known_by_name_or_text(file: dict[str, str | None]) -> None:
    name, text, language = str(file["name"]), str(file["text"]), file["language"]
    assert language_of(name, text) == language
    is_vasp = language is not None and LANGUAGES[language].code == "vasp"
    assert input_kind(name) == (language if is_vasp else None)


def test_a_text_without_a_name_tells_its_language_itself() -> None:
    assert language_of("", "&control\n/\n") == "pwscf"
    assert language_of("", "ENCUT = 500\n") is None
