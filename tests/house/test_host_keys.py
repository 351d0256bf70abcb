"""The key of a host is verified at every login, without an exception."""

import re

from tests.harness import ROOT

# Cut in two, so that this file is no finding of its own.
UNVERIFIED = re.compile(r"known_hosts\s*=\s*" r"None|StrictHostKey" r"Checking[= ]+no")


def test_no_line_turns_the_verification_of_host_keys_off() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("crystalmathd", "clients", "protocol", "tests", "docs")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".md", ".sh", ".toml", ".lua", ".ts"}
        and "node_modules" not in path.parts
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines())
        if UNVERIFIED.search(line)
    ]
    assert found == []


def test_the_search_finds_such_a_line() -> None:
    assert UNVERIFIED.search("connect(host, known_hosts" + "=None)")


def test_every_login_names_what_it_trusts() -> None:
    """For asyncssh, `UserKnownHostsFile none` is leave to trust anything."""
    calls = [
        text[start : start + 1500]
        for path in (ROOT / "crystalmathd").rglob("*.py")
        for text in [path.read_text()]
        for start in [
            found.start() for found in re.finditer(r"asyncssh\.connect\(", text)
        ]
    ]
    assert calls
    assert all("known_hosts=lambda" in call for call in calls)
