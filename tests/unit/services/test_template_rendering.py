"""Templates are filled in a sandbox: right values, no HTML, and always an end."""

import resource
import time
from typing import Any

import pytest

from crystalmathd.errors import TemplateRefusedError, TemplateValueError
from crystalmathd.models.templates import Parameter, Template
from crystalmathd.services.template_rendering import MOST_BYTES, options_of, rendered
from crystalmathd.services.template_values import filled_in


def template(text: str = "", **fields: Any) -> Template:
    return Template(name="t", code="c", input=text, file_name="a", **fields)


def asking(kind: str, **fields: Any) -> Template:
    return template(parameters=(Parameter(name="a", kind=kind, **fields),))


def value(given: Any, kind: str, **fields: Any) -> Any:
    return filled_in(asking(kind, **fields), {"a": given})["a"]


def refusal(given: Any, kind: str, **fields: Any) -> str:
    with pytest.raises(TemplateValueError) as caught:
        value(given, kind, **fields)
    assert caught.value.facts["parameter"] == "a"
    return str(caught.value.facts["reason"])


def test_nothing_is_escaped_as_in_html() -> None:
    assert rendered(template("{{ a }}"), {"a": "Si & Ge <'\">"}) == "Si & Ge <'\">"


def test_a_default_stands_in_before_anything_is_missed() -> None:
    one = asking("integer", default=7, is_required=True)
    assert filled_in(one, {}) == {"a": 7}
    with pytest.raises(TemplateValueError, match="a value is needed"):
        filled_in(asking("integer", is_required=True), {})
    assert filled_in(asking("integer"), {}) == {"a": None}


def test_a_value_for_nothing_is_refused_with_what_there_is() -> None:
    with pytest.raises(TemplateValueError, match=r"parameter b: .*known: a"):
        filled_in(asking("integer"), {"b": 1})


@pytest.mark.parametrize(
    ("given", "kind", "fields", "expected"),
    [
        (3, "integer", {"least": 3, "most": 3}, 3),
        ("-3", "integer", {}, -3),
        (3.0, "integer", {}, 3),
        (3, "float", {}, 3.0),
        ("1e-3", "float", {}, 0.001),
        ("yes", "boolean", {}, True),
        (False, "boolean", {}, False),
        ("MgO", "string", {"most": 3}, "MgO"),
        ("Si.UPF", "file", {}, "Si.UPF"),
        ("8", "select", {"options": (8, 12)}, 8),
        (["b"], "multiselect", {"options": ("a", "b")}, ["b"]),
        ("b", "multiselect", {"options": ("a", "b")}, ["b"]),
    ],
)
def test_a_value_becomes_what_its_type_says(
    given: Any, kind: str, fields: dict[str, Any], expected: Any
) -> None:
    found = value(given, kind, **fields)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("given", "kind", "fields", "words"),
    [
        (2, "integer", {"least": 3, "unit": "Ry"}, "it is 2 Ry, at least 3 Ry"),
        (4.5, "float", {"most": 4}, "at most 4"),
        (True, "integer", {}, "no whole number"),
        (1.5, "integer", {}, "no whole number"),
        ("+-5", "integer", {}, "no whole number"),
        ("1" * 5000, "integer", {}, "no whole number"),
        ("1" * 400, "integer", {"most": 5}, "more than 63 bits"),
        ("x", "float", {}, "no number"),
        ("nan", "float", {}, "not finite"),
        (10**400, "float", {}, "no number"),
        (1, "boolean", {}, "neither true nor false"),
        ("MgO2", "string", {"most": 3}, "its length is 4"),
        ("a\nEND", "string", {}, "one line"),
        ("a" * 10_001, "string", {}, "more than"),
        ({}, "string", {}, "no text"),
        ("../a", "file", {}, "not the name of a file"),
        ("..", "file", {}, "not the name of a file"),
        ("c", "select", {"options": ("a", "b")}, "'c' is not one of a, b"),
        (["a", "c"], "multiselect", {"options": ("a", "b")}, "not one of"),
        ([], "multiselect", {"options": ("a",), "least": 1}, "their number is 0"),
    ],
)
def test_a_value_out_of_bounds_is_refused_with_its_parameter(
    given: Any, kind: str, fields: dict[str, Any], words: str
) -> None:
    assert words in refusal(given, kind, **fields)


def test_a_parameter_counts_only_where_the_one_it_depends_on_says_so() -> None:
    one = template(
        parameters=(
            Parameter(name="spin", kind="boolean", default=False),
            Parameter(
                name="moment", kind="float", default=2.0, depends_on={"spin": True}
            ),
        )
    )
    assert filled_in(one, {})["moment"] is None
    assert filled_in(one, {"spin": True})["moment"] == 2.0
    with pytest.raises(TemplateValueError, match="counts only if spin is True"):
        filled_in(one, {"moment": 3})


def test_options_keep_the_types_of_their_values() -> None:
    one = Template(
        name="t",
        options={
            "mesh": "{{ mesh }}",
            "deep": ["{{ n }}", "n={{ n }}"],
            "no": "{{ x }}",
        },
    )
    found = options_of(one, {"mesh": [8, 8, 8], "n": 3, "x": None})
    assert found == {"mesh": [8, 8, 8], "deep": [3, "n=3"]}


@pytest.mark.parametrize(
    "text",
    [
        "{{ missing }}",
        "{{ 'a'.__class__.__mro__ }}",
        "{{ ''.join.__globals__ }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% extends 'x' %}",
        "{{ a.append(1) }}",
        "{% for",
        "{{ 1 / 0 }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ 'a' * 1000000000 }}",
        "{{ [1] * 1000000000 }}",
        "{{ 'a'.ljust(9999999999) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% for i in range(1000000) %}{{ i }}{% endfor %}",
    ],
)
def test_what_has_no_place_in_a_template_is_refused(text: str) -> None:
    with pytest.raises(TemplateRefusedError):
        rendered(template(text), {"a": [1]})


@pytest.mark.parametrize(
    "inner", ["", "{{ i }}" * 10], ids=["that says nothing", "that says much"]
)
def test_a_loop_bomb_is_broken_off(inner: str) -> None:
    text = inner
    for name in "hgfedcbi":
        text = f"{{% for {name} in range(99999) %}}{text}{{% endfor %}}"
    limits = resource.getrlimit(resource.RLIMIT_DATA)
    begun = time.monotonic()
    with pytest.raises(TemplateRefusedError, match=r"within 2 s|more than \d+ bytes"):
        rendered(template(text), {})
    assert time.monotonic() - begun < 4
    assert resource.getrlimit(resource.RLIMIT_DATA) == limits


def test_a_text_that_doubles_is_broken_off() -> None:
    text = "{% set a = 'aaaaaaaa' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}"
    with pytest.raises(TemplateRefusedError, match="memory"):
        rendered(template(text), {})


def test_an_input_of_the_greatest_length_is_made() -> None:
    text = "{% for i in range(1024) %}" + "x" * 1024 + "{% endfor %}"
    assert len(rendered(template(text), {})) == MOST_BYTES


def test_the_limit_of_time_is_for_all_options_together() -> None:
    loop = "{% for i in range(99999) %}{% for j in range(4) %}{% endfor %}{% endfor %}"
    many = Template(
        name="t", code="c", generator="g", options={f"o{n}": loop for n in range(500)}
    )
    begun = time.monotonic()
    with pytest.raises(TemplateRefusedError, match="within 2 s"):
        options_of(many, {})
    assert time.monotonic() - begun < 4
