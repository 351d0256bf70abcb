"""A command as text for another machine's shell, and what comes back before it."""

import math
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Final

LOGIN_COMMAND: Final = "exec /bin/sh -c 'IFS= read -r line && eval \"$line\"'"
"""All that the login shell reads, be it bash, csh or fish: it has no word of ours.
The command itself follows as one line of input, so that no process list shows it."""

KILL_AFTER_S: Final = 5
BARE_PATH: Final = "/usr/bin:/bin"
"""Where exec looks without a PATH."""
PLAIN: Final = re.compile(r"[ -~]*")
NO_NOISE_ABOVE: Final = 1 << 20


def script(
    arguments: Sequence[str],
    *,
    nonce: str,
    deadline_s: float,
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """Return one line of POSIX shell that says who it is and becomes the command.

    Raises
    ------
    ValueError
        If a word holds a NUL: no program can be given one.
    """
    words = [_Word(word) for word in arguments]
    given = environment or {}
    variables = [_Word(f"{name}={value}") for name, value in given.items()]
    path = _Word(given.get("PATH", BARE_PATH))
    everything = enumerate((*words, *variables, path))
    preparations = [p for n, word in everything if (p := word.prepare(f"w{n}"))]
    command = " ".join(word.quoted for word in words)
    is_there = _is_there(arguments[0], words[0].quoted)
    if environment is not None:
        command = " ".join(["env", "-i", *(v.quoted for v in variables), command])
        is_there = f"(PATH={path.quoted}; {is_there})"
    patience = f"timeout -k {KILL_AFTER_S} {math.ceil(deadline_s)}"
    parts = [
        *preparations,
        f"if {is_there}; then f=found; else f=missing; fi",
        f"printf '%s\\n' '@@CM:{nonce}:'$$':'$f'@@'",
        f"printf '%s\\n' '@@CM:{nonce}@@' >&2",
        "test $f = found || exit 127",
        f"command -v timeout >/dev/null 2>&1 && exec {patience} {command}",
        f"exec {command}",
    ]
    return "; ".join(parts).encode("utf-8", "surrogateescape") + b"\n"


def end_script(pid: int) -> list[str]:
    """Return a command that ends a process group, gently first."""
    steps = (
        f"kill -TERM -{pid} || exit 0; "
        "for n in 1 2 3 4 5; do sleep 1; "
        f"kill -0 -{pid} || exit 0; done; kill -KILL -{pid}"
    )
    return ["/bin/sh", "-c", f"{{ {steps}; }} 2>/dev/null"]


def _is_there(program: str, quoted: str) -> str:
    """Return a test for what exec would find, before it is too late to say so."""
    if "/" in program:
        return f"test -f {quoted} && test -x {quoted}"
    return f"command -v -- {quoted} >/dev/null 2>&1"


class _Word:
    """One word. What is no printable ASCII travels as octal numbers."""

    def __init__(self, text: str) -> None:
        if "\0" in text:
            raise ValueError("a NUL in a word of a command")
        self._bytes = text.encode("utf-8", "surrogateescape")
        self._is_plain = PLAIN.fullmatch(text) is not None
        self.quoted = shlex.quote(text)

    def prepare(self, variable: str) -> str | None:
        """Return the assignment of the variable that stands for a strange word."""
        if self._is_plain:
            return None
        # A substitution drops line breaks at its end: the full stop keeps them.
        octal = "".join(f"\\{byte:03o}" for byte in self._bytes)
        self.quoted = f'"${variable}"'
        return f"{variable}=$(printf '{octal}.'); {variable}=${{{variable}%.}}"


class Preamble:
    """Cuts off what a stream held before the command began: the noise of a login."""

    def __init__(self, nonce: str) -> None:
        self._pattern = re.compile(
            rb"@@CM:" + nonce.encode() + rb"(?::(\d+):(\w+))?@@\n"
        )
        self._held = bytearray()
        self.is_over = False
        self.pid: int | None = None
        self.is_missing = False

    @property
    def noise(self) -> bytes:
        """What came instead of a command's output, or before it."""
        return bytes(self._held)

    def feed(self, data: bytes) -> bytes:
        """Return what of the data is the command's own."""
        if self.is_over:
            return data
        self._held += data
        found = self._pattern.search(self._held)
        if found is None:
            del self._held[: max(0, len(self._held) - NO_NOISE_ABOVE)]
            return b""
        self.is_over = True
        if found[1] is not None:
            self.pid = int(found[1])
            self.is_missing = found[2] == b"missing"
        rest = bytes(self._held[found.end() :])
        del self._held[found.start() :]
        return rest
