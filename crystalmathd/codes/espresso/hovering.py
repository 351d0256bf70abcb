"""What stands at a place of an input of pw.x, explained."""

import re
from typing import Final

from crystalmathd.codes.draft import Draft
from crystalmathd.codes.espresso.pw_keys import KeyFacts, keys
from crystalmathd.codes.espresso.pw_texts import NAMELISTS, card_texts, key_texts
from crystalmathd.models.editing import Hover, Range

_WORD: Final = re.compile(r"&?[A-Za-z_]\w*")
_KEY_BEFORE: Final = re.compile(r"([A-Za-z_]\w*)\s*(?:\([^)]*\))?\s*=[^=]*$")
_TYPES: Final = {
    "l": "logical",
    "i": "integer",
    "r": "number",
    "s": "string",
}
_PAGE: Final = "https://www.quantum-espresso.org/Doc/INPUT_PW.html"


def hover_pw(draft: Draft, line: int, column: int) -> Hover | None:
    """Explain a namelist, a key (on its name and on its value) or a card."""
    place = draft.word_at(line, column, _WORD)
    if place is not None:
        said = _of_word(draft.cut(place))
        if said is not None:
            return Hover(markdown=said, range=place)
    return _of_value(draft, line, column)


def _of_word(word: str) -> str | None:
    if word.startswith("&"):
        text = NAMELISTS.get(word[1:].lower())
        return None if text is None else f"**{word.upper()}** · namelist: {text}"
    if word.upper() in card_texts() and word.isupper():
        return f"**{word}** · card\n\n{card_texts()[word]}\n\n[INPUT_PW]({_PAGE})"
    facts = keys().get(word.lower())
    return None if facts is None else explained(facts)


def _of_value(draft: Draft, line: int, column: int) -> Hover | None:
    text = draft.line(line)
    before = text[: max(column - 1, 0)]
    match = _KEY_BEFORE.search(before)
    facts = keys().get(match[1].lower()) if match and "!" not in before else None
    if match is None or facts is None:
        return None
    start, end = match.start(1) + 1, match.end(1) + 1
    place = Range(line=line, column=start, end_line=line, end_column=end)
    return Hover(markdown=explained(facts), range=place)


def explained(facts: KeyFacts) -> str:
    """Return the facts as Markdown."""
    home = f"&{facts.namelist.upper()}"
    parts = [f"**{facts.name}** · {_TYPES[facts.type]} · {home}"]
    parts.append(key_texts().get(facts.name, ""))
    if facts.is_foreign:
        parts.append("Read for other programs; pw.x makes no use of it.")
    if facts.default == "old":
        parts.append("Newer versions do not know it.")
    elif facts.default is not None:
        is_needed = facts.default == "required"
        parts.append("Required." if is_needed else f"Default: `{facts.default}`")
    if facts.options:
        parts.append(f"May be: {', '.join(f'`{one}`' for one in facts.options)}")
    parts.append(f"[INPUT_PW]({_PAGE}#{facts.name})")
    return "\n\n".join(part for part in parts if part)
