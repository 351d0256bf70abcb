"""What the options of all codes have in common: bounded texts, each with a meaning."""

from typing import Annotated

import msgspec

Word = Annotated[str, msgspec.Meta(max_length=1000)]
"""A name, a path or a record; what it may say is the daemon's to know."""

LongText = Annotated[str, msgspec.Meta(max_length=1 << 16)]


def said(description: str) -> msgspec.Meta:
    """Say what an option means: in the schema, and in the help of the command line."""
    return msgspec.Meta(description=description)
