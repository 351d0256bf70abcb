import re
from pathlib import Path

import crystalmath
from crystalmath.cli import COMMANDS
from crystalmath.cli.clusters import clusters_command
from crystalmath.cli.inputs import INPUT_SUFFIXES
from crystalmath.cli.invocation import options_of_all
from crystalmath.cli.submit import submit_command
from crystalmath.environment import ALLOWED
from crystalmath.exits import Exit
from crystalmath.submission import COMPANION_SUFFIXES
from crystalmath_protocol.events import EventType

TEXT = (Path(__file__).parents[3] / "docs" / "cli.md").read_text()


def test_every_command_stands_in_the_document_with_an_example() -> None:
    sections = dict(
        re.findall(r"^### (\w+)\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL)
    )
    assert set(sections) == set(COMMANDS)
    for name, section in sections.items():
        assert f"    crystalmath {name}" in section


def test_every_word_and_option_of_clusters_stands_in_the_document() -> None:
    (section,) = re.findall(
        r"^### clusters\n(.*?)^### ", TEXT, re.MULTILINE | re.DOTALL
    )
    for name, command in clusters_command.commands.items():
        assert f"    crystalmath clusters {name} " in section, name
        own = {option for one in command.params for option in one.opts}
        for option in own - {o for one in options_of_all() for o in one.opts}:
            assert not option.startswith("-") or f"`{option}" in section, option


def test_every_option_of_a_submission_stands_in_the_document() -> None:
    (section,) = re.findall(r"^### submit\n(.*?)^### ", TEXT, re.MULTILINE | re.DOTALL)
    own = {option for one in submit_command.params for option in one.opts}
    for option in own - {o for one in options_of_all() for o in one.opts}:
        assert not option.startswith("-") or f"`{option}" in section, option


def test_the_exit_codes_stand_in_the_document_as_they_are() -> None:
    rows = re.findall(r"^\| (\d+) \| ([A-Z_]+) \| (.*) \|$", TEXT, re.MULTILINE)
    assert rows == [(str(int(e)), e.name, e.about) for e in Exit]


def test_what_is_sent_along_stands_in_the_document() -> None:
    for word in (*ALLOWED, *COMPANION_SUFFIXES, *INPUT_SUFFIXES):
        assert word in TEXT


def test_every_error_of_the_library_stands_in_the_document() -> None:
    named = re.findall(r"^\| `(\w+Error)` \|", TEXT, re.MULTILINE)
    exported = {name for name in crystalmath.__all__ if name.endswith("Error")}
    assert sorted([*named, "CrystalmathError"]) == sorted(exported)


def test_every_type_of_event_stands_in_the_document() -> None:
    for one in EventType:
        assert f"`{one.value}`" in TEXT


def test_the_example_in_python_has_five_lines() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert len([line for line in example.splitlines() if line]) <= 5
    compile(example, "docs/cli.md", "exec")
