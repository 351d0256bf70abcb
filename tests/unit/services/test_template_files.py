"""Templates as files: the user's over the shipped, and nothing from anywhere else."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from crystalmathd.errors import TemplateNotFoundError, TemplateRefusedError
from crystalmathd.models.templates import Template
from crystalmathd.services.template_files import (
    MOST_BYTES,
    SHIPPED,
    all_templates,
    find_template,
)
from crystalmathd.services.templates import list_templates

PLAIN = """\
name: {name}
code: espresso
file_name: a.in
input: "a = {{{{ a }}}}"
parameters:
  a: {{type: integer, default: 1}}
"""


def write(folder: Path, name: str, text: str = PLAIN) -> Path:
    path = folder / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(name=name) if text is PLAIN else text)
    return path


def reason(folder: Path, name: str) -> str:
    with pytest.raises(TemplateRefusedError) as refusal:
        find_template(name, folder)
    return str(refusal.value.facts["reason"])


def test_a_template_of_the_user_stands_in_for_a_shipped_one(tmp_path: Path) -> None:
    shipped = find_template("single_point", tmp_path)
    assert Path(shipped.origin).parent == SHIPPED
    own = write(tmp_path, "single_point")
    assert find_template("single_point", tmp_path).origin == str(own)
    listed = {one.name: one for one in all_templates(tmp_path)}
    assert listed["single_point"].code == "espresso"


def test_a_broken_template_is_listed_with_its_problem(tmp_path: Path) -> None:
    write(tmp_path, "broken", "name: broken\ncode: [")
    [found] = [one for one in all_templates(tmp_path) if one.name == "broken"]
    assert "no YAML" in found.problem
    assert len(all_templates(tmp_path)) > 10


def test_without_a_directory_of_the_user_there_are_the_shipped_ones(
    tmp_path: Path,
) -> None:
    found = all_templates(tmp_path / "none")
    assert [one.problem for one in found if one.problem] == []
    assert {one.name for one in found} >= {"single_point", "qe/scf", "vasp/relax"}


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "a/../../b", "..", "", "a/b/c", "A b", "x\0"]
)
def test_no_name_leads_out_of_the_directories(tmp_path: Path, name: str) -> None:
    write(tmp_path, "secret")
    with pytest.raises(TemplateNotFoundError):
        find_template(name, tmp_path / "templates")


def test_links_are_no_templates(tmp_path: Path) -> None:
    outside, own = tmp_path / "outside", tmp_path / "own"
    write(outside, "there/secret")
    own.mkdir()
    (own / "secret.yaml").symlink_to(outside / "there" / "secret.yaml")
    (own / "there").symlink_to(outside / "there")
    for name in ("secret", "there/secret"):
        with pytest.raises(TemplateNotFoundError):
            find_template(name, own)
        assert name not in {one.name for one in all_templates(own)}


def test_the_users_directory_may_be_a_link(tmp_path: Path) -> None:
    write(tmp_path / "dotfiles", "mine")
    (tmp_path / "own").symlink_to(tmp_path / "dotfiles")
    assert find_template("mine", tmp_path / "own").name == "mine"


def test_what_extends_another_has_its_parameters_and_its_options(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        "mine",
        "name: mine\nextends: single_point\n"
        "parameters:\n  preset: {type: select, options: [fast], default: fast}\n"
        "generate: {options: {tolerance_a: 0.1}}\n",
    )
    above = find_template("single_point", tmp_path)
    mine = find_template("mine", tmp_path)
    assert mine.generator == above.generator
    assert mine.code == above.code
    assert dict(mine.options) == {**above.options, "tolerance_a": 0.1}
    of = {one.name: one for one in mine.parameters}
    assert set(of) == {one.name for one in above.parameters}
    assert of["preset"].options == ("fast",)


def test_templates_that_extend_in_a_circle_or_into_nothing_are_refused(
    tmp_path: Path,
) -> None:
    write(tmp_path, "one", "name: one\nextends: two\n")
    write(tmp_path, "two", "name: two\nextends: one\n")
    write(tmp_path, "three", "name: three\nextends: nobody\n")
    write(tmp_path, "self", "name: self\nextends: self\n")
    assert "by way of" in reason(tmp_path, "one")
    assert "nobody" in reason(tmp_path, "three")
    assert "itself" in reason(tmp_path, "self")
    for number in range(8):
        below = f"name: d{number}\nextends: d{number + 1}\n"
        write(tmp_path, f"d{number}", below)
    assert "more than 5" in reason(tmp_path, "d0")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[]", "mapping"),
        ("name: other\n", "its `name`"),
        ("name: x\nnam: 1\n", "no field nam"),
        ("name: x\ninput: a\nfile_name: a\n", "no `code`"),
        ("name: x\ncode: crystal\n", "either"),
        ("name: x\ncode: crystal\ninput: a\n", "file_name"),
        ("name: x\ncode: c\ninput: a\nfile_name: ../../a.d12\n", "bare name"),
        ("name: x\ncode: c\ninput: a\nfile_name: /tmp/a.d12\n", "bare name"),
        ("name: x\ncode: c\ninput: a\nfile_name: '{{ b }}'\n", "not filled"),
        ("name: x\ncode: c\ninput: a\nfile_name: ..\n", "bare name"),
        ("name: x\ncode: crystal\ngenerate: {options: {}}\n", "method"),
        ("name: x\ncode: crystal\ngenerate: 3\n", "no mapping"),
        ("name: x\ncode: c\ngenerate: {method: a}\ndimension: 4\n", "0, 1, 2 or 3"),
        ("name: x\ncode: crystal\nversion: 1.0\ninput: a\nfile_name: a\n", "no text"),
        ("name: x\na: &a [1]\nb: *a\n", "alias"),
        ("name: x\nextends: [a]\n", "extends"),
        ("name: !!python/object/apply:os.system [ls]\n", "no YAML"),
        ("# " + "x" * MOST_BYTES, "longer"),
        *[
            (
                f"name: x\ncode: c\ninput: a\nfile_name: a\nparameters: {facts}\n",
                word,
            )
            for facts, word in [
                ("{a: 1}", "no mapping"),
                ("{a: {type: number}}", "`type`"),
                ("{a: {type: integer, maximum: 1}}", "maximum"),
                ("{a: {type: integer, min: b}}", "no number"),
                ("{a: {type: select}}", "nothing to select"),
                ("{_a: {type: string}}", "no name"),
                ("{a: {type: select, options: b}}", "no list"),
                ("{a: {type: string, unit: 5}}", "parameter a"),
                ("{a: {type: string, description: 1}}", "parameter a"),
                ("{a: {type: string, required: 'no'}}", "parameter a"),
                ("{a: {type: integer, min: true}}", "parameter a"),
                ("{a: {type: string, default: {null: 1}}}", "parameter a"),
            ]
        ],
    ],
)
def test_a_template_that_says_something_else_is_refused(
    tmp_path: Path, text: str, word: str
) -> None:
    write(tmp_path, "x", text)
    assert word in reason(tmp_path, "x")


def test_one_bad_template_hides_no_other(tmp_path: Path) -> None:
    fields = "code: c\ninput: a\nfile_name: a\n"
    write(tmp_path, "good", f"name: good\n{fields}")
    bad = "parameters: {a: {type: string, unit: 5}}\n"
    write(tmp_path, "bad", f"name: bad\n{fields}{bad}")
    [listed] = list_templates(str(tmp_path))
    found = msgspec.json.decode(listed, type=tuple[Template, ...])
    problems = {one.name: one.problem for one in found}
    assert problems["good"] == ""
    assert "unit" in problems["bad"]


def test_a_choice_may_be_written_with_its_label(tmp_path: Path) -> None:
    write(
        tmp_path,
        "x",
        "name: x\ncode: c\ninput: a\nfile_name: a\nparameters:\n"
        "  a: {type: select, options: [{label: Often, value: pbe}, hf]}\n",
    )
    options: tuple[Any, ...] = find_template("x", tmp_path).parameters[0].options
    assert options == ("pbe", "hf")
