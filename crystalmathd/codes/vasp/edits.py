"""Setting one tag in an INCAR; every other line stays as it is."""

import re


def set_value(text: str, key: str, value: str) -> str:
    """Return the INCAR with a tag replaced, or added on a line at its end.

    The first of two equal tags is the one that VASP takes.
    """
    tag = re.compile(
        rf"(^|;)([ \t]*{re.escape(key)}[ \t]*=[ \t]*)([^;#!\n]*?)"
        r"(?=[ \t]*(?:[;#!\n]|$))",
        re.IGNORECASE | re.MULTILINE,
    )
    for found in tag.finditer(text):
        before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
        if "#" not in before and "!" not in before:
            return text[: found.start(3)] + value + text[found.end(3) :]
    gap = "" if text.endswith("\n") or not text else "\n"
    return f"{text}{gap}{key.upper()} = {value}\n"
