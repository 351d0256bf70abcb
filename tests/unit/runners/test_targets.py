"""How a way over other hosts is spelled."""

import pytest

from crystalmathd.runners.targets import Target, parse_jump


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("gate", Target(host="gate")),
        ("me@gate", Target(host="gate", user="me")),
        ("me@gate:2222", Target(host="gate", user="me", port=2222)),
        ("ssh://me@gate:2222", Target(host="gate", user="me", port=2222)),
        ("[::1]:2222", Target(host="::1", port=2222)),
        ("[::1]", Target(host="::1")),
        ("fe80::1", Target(host="fe80::1")),
        ("me@site@gate", Target(host="gate", user="me@site")),
        ("first,second:22", Target(host="second", port=22, proxy_jump="first")),
        ("a,b, c", Target(host="c", proxy_jump="a,b")),
    ],
)
def test_the_last_host_is_reached_over_the_others(text: str, target: Target) -> None:
    assert parse_jump(text) == target


@pytest.mark.parametrize("text", ["", "none", "NONE"])
def test_no_way_is_the_straight_one(text: str) -> None:
    assert parse_jump(text) is None


@pytest.mark.parametrize("text", ["gate:port", "[::1]:x"])
def test_a_port_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        parse_jump(text)
