"""The line that we send, read by real shells: whatever the login shell is."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalmathd.runners.transports.remote_words import (
    LOGIN_COMMAND,
    Preamble,
    script,
)
from tests.real.openssh import OpenSsh, PasswordUser

NONCE = "0123456789abcdef"
SHELLS = ("dash", "bash", "busybox sh", "ksh93")
"""What /bin/sh may be."""
LOGIN_SHELLS = ("bash", "tcsh", "fish", "dash", "ksh93")
HOSTILE = "a b;$(touch x)`y`'\"\\\n\t!\x80ü\x01\x7f*?[~#&|<>{}-rf\n\n"
words = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40
)

pytestmark = [pytest.mark.ssh, pytest.mark.shells]


def answer(
    shell: Sequence[str],
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> tuple[Preamble, bytes, int]:
    """Run a command as sshd would: its line, then its input, on the same pipe."""
    line = script(arguments, nonce=NONCE, deadline_s=30, environment=environment)
    done = subprocess.run(
        shell, input=line + stdin, capture_output=True, check=False, timeout=60
    )
    preamble = Preamble(NONCE)
    output = preamble.feed(done.stdout)
    assert preamble.is_over, done
    return preamble, output, done.returncode


def as_sh(shell: str) -> list[str]:
    """Return the part of the login command that /bin/sh runs, for another sh."""
    inner = re.fullmatch("exec /bin/sh -c (.*)", LOGIN_COMMAND)
    assert inner is not None
    return [*shell.split(), "-c", *shlex.split(inner[1])]


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=60, deadline=None)
@given(st.lists(words, max_size=6), st.binary(max_size=50))
def test_words_and_input_arrive_as_they_are(
    shell: str, given_words: list[str], stdin: bytes
) -> None:
    arguments = ["sh", "-c", 'printf "%s\\0" "$@"; cat', "sh", *given_words, HOSTILE]
    _, output, code = answer(as_sh(shell), arguments, stdin=stdin)
    expected = [word.encode() + b"\0" for word in (*given_words, HOSTILE)]
    assert output == b"".join(expected) + stdin
    assert code == 0


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True), words))
def test_the_environment_is_what_was_given(
    shell: str, environment: dict[str, str]
) -> None:
    environment = {"PATH": "/usr/bin:/bin", "ODD": HOSTILE, **environment}
    _, output, _ = answer(as_sh(shell), ["env", "-0"], environment)
    pairs = [pair for pair in output.split(b"\0") if pair]
    assert sorted(pairs) == sorted(
        f"{name}={value}".encode() for name, value in environment.items()
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_every_byte_arrives(shell: str) -> None:
    word = bytes(range(1, 256)).decode("utf-8", "surrogateescape")
    _, output, _ = answer(as_sh(shell), ["printf", "%s", word])
    assert output == bytes(range(1, 256))


@pytest.mark.parametrize("shell", SHELLS)
def test_a_program_is_looked_for_where_the_environment_says(
    shell: str, tmp_path: Path
) -> None:
    odd = tmp_path / "ödd; dir"
    odd.mkdir()
    (odd / "own program").write_text("#!/bin/sh\necho mine\n")
    (odd / "own program").chmod(0o755)
    environment = {"PATH": f"{odd}:/usr/bin:/bin"}
    preamble, output, _ = answer(as_sh(shell), ["own program"], environment)
    assert (preamble.is_missing, output) == (False, b"mine\n")
    for missing in ("own program", "/no/such", str(odd), "-rf"):
        preamble, output, code = answer(as_sh(shell), [missing], {"PATH": "/usr/bin"})
        assert (preamble.is_missing, output, code) == (True, b"", 127)


@pytest.mark.parametrize("shell", LOGIN_SHELLS)
def test_a_login_shell_hands_everything_on(shell: str) -> None:
    arguments = ["sh", "-c", 'printf "%s|" "$@"; cat; exit 7', "sh", HOSTILE]
    _, output, code = answer([shell, "-c", LOGIN_COMMAND], arguments, stdin=b"in")
    assert output == HOSTILE.encode() + b"|in"
    assert code == 7


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OpenSsh]:
    server = OpenSsh(tmp_path / "sshd", ["PasswordAuthentication yes"])
    yield server.start()
    server.stop()


@pytest.mark.anyio
@pytest.mark.parametrize("shell", LOGIN_SHELLS)
async def test_it_does_so_behind_a_real_sshd(server: OpenSsh, shell: str) -> None:
    path = shutil.which(shell)
    assert path is not None
    with PasswordUser(path) as user:
        server.write_config(user=user.name)
        async with server.transport(store=await user.secrets()) as transport:
            done = await transport.run(["printf", "%s", HOSTILE], deadline_s=20)
            assert done.stdout == HOSTILE.encode()
            bare = {"PATH": "/usr/bin:/bin", "ONE": HOSTILE}
            done = await transport.run(["env", "-0"], deadline_s=20, environment=bare)
            assert f"ONE={HOSTILE}\0".encode() in done.stdout
            done = await transport.run(["id", "-un"], deadline_s=20)
            assert done.stdout.decode().strip() == user.name
