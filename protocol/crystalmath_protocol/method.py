"""The base of every message and the record of a method."""

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

Access = Literal["read", "write", "admin"]

# In the patterns here "$" alone would also match before a closing newline.

JobId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[1-9][0-9]{0,17}$(?!\n)", description="the number of a job"
    ),
]
"""The decimal number of a job, never given to another job; SQLite holds 2^63."""

ClusterName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$(?!\n)",
        description="at most 64 letters, digits and . _ -, not a sign first",
    ),
]

Sha256 = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9a-f]{64}$(?!\n)", description="a sha256: 64 digits 0-9 and a-f"
    ),
]

AbsolutePath = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^/[^\x00]*$(?!\n)", description="an absolute path", max_length=4096
    ),
]
"""Absolute, resolved by the client: the daemon has no working directory of its own."""

FileName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^/\x00-\x1f\x7f]*[^/\x00-\x1f\x7f.][^/\x00-\x1f\x7f]*$(?!\n)",
        description="the name of a file, without a slash",
        max_length=200,
    ),
]
"""One name without a slash or control character, and not only dots."""

ShortText = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^\x00-\x1f\x7f]+$(?!\n)",
        description="one line of text that is not empty",
        max_length=200,
    ),
]

Line = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^\x00-\x08\x0a-\x1f\x7f]*$(?!\n)",
        description="text without control characters",
    ),
]
"""May be empty; the greatest length is named where it is used."""

MAX_FILE_BYTES = 2**43
"""Offsets stay below it: file systems refuse to seek beyond 2^44 (ext4)."""

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=600_000)]
"""How long a call may wait for news; 0 answers at once."""


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of what a client sends; unknown fields are refused."""


class Meta(Message, frozen=True, kw_only=True):
    """What travels with a call beside its parameters."""

    traceparent: (
        Annotated[
            str,
            msgspec.Meta(
                pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$(?!\n)",
                description="a W3C traceparent",
            ),
        ]
        | None
    ) = None
    """W3C trace context; the daemon makes one when it is missing."""


class Params(Message, frozen=True):
    """The parameters of a method. `_meta` (`Meta`) may stand beside them."""


class Result(msgspec.Struct, frozen=True):
    """What the daemon answers; clients ignore fields that they do not know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """One method: its name, its two messages, and who may call it."""

    name: str
    summary: str
    params: type[Params]
    result: type[Result]
    access: Access
    added: str = "1.0"
