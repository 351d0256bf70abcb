"""Code actions: the changes that take findings away."""

from collections.abc import Sequence

from crystalmath.lsp import answers
from crystalmath.lsp.answers import Object
from crystalmath.lsp.documents import Document
from crystalmath_protocol.documents import Diagnostic, Fix

QUICK_FIX = "quickfix"
FIX_ALL = "source.fixAll"


def code_actions(
    document: Document,
    found: Sequence[Diagnostic],
    asked: Object,
    *,
    with_versions: bool,
) -> list[Object]:
    """Return the fixes of findings that touch a range, in the editor's words.

    `asked`: the parameters of the request. Of a finding with one fix, that one is
    preferred.
    """
    only = asked["context"].get("only")
    actions: list[Object] = []
    for finding in found:
        shown = answers.diagnostic(document, finding)
        if not _touch(shown["range"], asked["range"]) or not _wanted(QUICK_FIX, only):
            continue
        actions += [
            {
                "title": fix.title,
                "kind": QUICK_FIX,
                "diagnostics": [shown],
                "isPreferred": len(finding.fixes) == 1,
                "edit": _workspace_edit(document, [fix], with_versions=with_versions),
            }
            for fix in finding.fixes
        ]
    if only is not None and _wanted(FIX_ALL, only):
        actions += _fix_all(document, found, with_versions=with_versions)
    return actions


def _fix_all(
    document: Document, found: Sequence[Diagnostic], *, with_versions: bool
) -> list[Object]:
    """Return one action with all that is not open to choice; none overlaps another."""
    chosen: list[Fix] = []
    taken: list[Object] = []
    for finding in found:
        if len(finding.fixes) != 1:
            continue
        fix = finding.fixes[0]
        ranges = [edit["range"] for edit in answers.edits(document, fix.edits)]
        if not any(_touch(one, other) for one in ranges for other in taken):
            chosen.append(fix)
            taken += ranges
    if not chosen:
        return []
    edit = _workspace_edit(document, chosen, with_versions=with_versions)
    return [{"title": "Fix all that has one fix", "kind": FIX_ALL, "edit": edit}]


def _workspace_edit(
    document: Document, fixes: Sequence[Fix], *, with_versions: bool
) -> Object:
    """Return the change; with a version, an editor refuses it for another text."""
    edits = [edit for fix in fixes for edit in answers.edits(document, fix.edits)]
    if not with_versions:
        return {"changes": {document.uri: edits}}
    identifier = {"uri": document.uri, "version": document.version}
    return {"documentChanges": [{"textDocument": identifier, "edits": edits}]}


def _wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Tell whether a kind is asked for: `source` means all kinds below it."""
    if only is None:
        return True
    return any(kind == one or kind.startswith(f"{one}.") for one in only)


def _touch(one: Object, other: Object) -> bool:
    """Tell whether two ranges have a place in common; ends count."""

    def key(position: Object) -> tuple[int, int]:
        return position["line"], position["character"]

    return key(one["start"]) <= key(other["end"]) and key(other["start"]) <= key(
        one["end"]
    )
