"""The parameters that editors send, as far as they are read: checked once, on arrival.

Source: Language Server Protocol 3.17.
"""

from typing import Annotated, Any, Final, NotRequired, TypedDict

import msgspec

Unsigned = Annotated[int, msgspec.Meta(ge=0)]
Version = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]


class Position(TypedDict):
    """`character` counts units of the encoding that was agreed on."""

    line: Unsigned
    character: Unsigned


class Range(TypedDict):
    start: Position
    end: Position


class DocumentNamed(TypedDict):
    uri: str
    version: NotRequired[Version | None]


class DocumentItem(TypedDict):
    uri: str
    languageId: NotRequired[str]
    version: NotRequired[Version]
    text: str


class Change(TypedDict):
    range: NotRequired[Range | None]
    text: str


class ActionContext(TypedDict):
    only: NotRequired[list[str] | None]


class AboutDocument(TypedDict):
    textDocument: DocumentNamed
    previousResultId: NotRequired[str | None]


class AtPosition(AboutDocument):
    position: Position


class InRange(AboutDocument):
    range: Range
    context: ActionContext


class Opened(TypedDict):
    textDocument: DocumentItem


class Changed(TypedDict):
    textDocument: DocumentNamed
    contentChanges: list[Change]


class Saved(TypedDict):
    textDocument: DocumentNamed
    text: NotRequired[str | None]


class Cancelled(TypedDict):
    id: int | str


class CommandAsked(TypedDict):
    command: str
    arguments: NotRequired[list[Any] | None]


class Initialize(TypedDict):
    capabilities: NotRequired[dict[str, Any]]


class FileChanged(TypedDict):
    uri: str


class FilesChanged(TypedDict):
    changes: list[FileChanged]


_SHAPES: Final[dict[str, Any]] = {
    "initialize": Initialize,
    "$/cancelRequest": Cancelled,
    "textDocument/didOpen": Opened,
    "textDocument/didChange": Changed,
    "textDocument/didSave": Saved,
    "textDocument/didClose": AboutDocument,
    "textDocument/completion": AtPosition,
    "textDocument/hover": AtPosition,
    "textDocument/codeAction": InRange,
    "workspace/didChangeWatchedFiles": FilesChanged,
    "workspace/executeCommand": CommandAsked,
}


def checked(method: str, params: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the parameters of a method that is answered; others are not read.

    Raises
    ------
    msgspec.ValidationError
        If they have another shape.
    """
    is_about_document = method.startswith("textDocument/")
    default = AboutDocument if is_about_document else dict[str, Any]
    shape = _SHAPES.get(method, default)
    found: dict[str, Any] = msgspec.convert({} if params is None else params, shape)
    return found
