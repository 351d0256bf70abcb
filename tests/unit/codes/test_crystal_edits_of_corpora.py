"""Typed edits of all inputs of the corpora: they touch their records and are undone."""

import re
from pathlib import Path
from random import Random

import pytest

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.crystal.deck import Deck, Properties
from crystalmathd.codes.crystal.edits import get_value, removal, set_value, setting
from crystalmathd.codes.crystal.inputs import DeckError, read_deck, read_properties
from crystalmathd.codes.crystal.parts import put_together, take_apart
from crystalmathd.codes.crystal.places import blocks_of
from crystalmathd.codes.crystal.splices import Splice
from crystalmathd.codes.crystal.words import BLOCKS
from crystalmathd.codes.lines import lines_of
from tests.unit.codes import corpora


def inputs() -> list[Path]:
    """Return every deck and input of properties that can be read."""
    return sorted(
        path
        for folder in ("d12", "d12_from_out", "d12_invalid", "d3")
        for path in (corpora.ROOT / "open" / "crystal" / folder).glob("*")
        if readable(path) is not None
    )


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def readable(path: Path) -> Deck | Properties | None:
    read = read_properties if path.suffix == ".d3" else read_deck
    try:
        return read(text_of(path))
    except DeckError:
        return None


def random_edit(random: Random, text: str, *, is_properties: bool) -> Splice | None:
    """Set, remove or add something; None if the draw was refused."""
    source = read_properties(text) if is_properties else read_deck(text)
    blocks = blocks_of(source)
    block = random.choice(blocks)
    name = "".join(f"{n}({i})." for n, i in block.path)
    kind = random.choice(("again", "remove", "add", "field"))
    try:
        if kind == "field" and isinstance(source, Deck):
            return _field(random, text, source)
        if kind == "add" and block.name in BLOCKS:
            word = random.choice(sorted(BLOCKS[block.name]))
            value = random.choice(("", "1", "2 2", "1; 1 2", "7 7 7 7 14", "0.5"))
            return setting(text, name + word, value, is_properties=is_properties)
        if kind not in ("again", "remove") or not block.words:
            return None
        word = random.choice(block.words)
        key = name + word.name
        if kind == "remove":
            return removal(text, key, is_properties=is_properties)
        value = get_value(text, key, is_properties=is_properties) or ""
        value = re.sub(r"\d", lambda digit: random.choice((digit[0], "3")), value)
        return setting(text, key, value, is_properties=is_properties)
    except InputRefusedError:
        return None


def _field(random: Random, text: str, deck: Deck) -> Splice:
    n_atoms = len(deck.geometry.atoms)
    key = random.choice(("TITLE", "CELL", f"ATOM({random.randint(1, n_atoms + 1)})"))
    value = get_value(text, key) or "1"
    return setting(
        text, key, re.sub(r"[1-9]", lambda _: str(random.randint(1, 9)), value)
    )


@pytest.mark.parametrize("path", inputs(), ids=lambda path: path.name)
def test_ten_random_edits_touch_only_their_records_and_are_undone(path: Path) -> None:
    random = Random(path.name)
    text = start = text_of(path)
    is_d3 = path.suffix == ".d3"
    done: list[Splice] = []
    for _ in range(2000):
        splice = random_edit(random, text, is_properties=is_d3)
        if splice is None or (not splice.old and not splice.new):
            continue
        after = splice.apply(text)
        lines, changed = lines_of(text), lines_of(after)
        assert changed[: splice.first - 1] == lines[: splice.first - 1]
        assert changed[splice.moved(splice.last + 1) - 1 :] == lines[splice.last :]
        assert splice.inverse.apply(after) == text
        done.append(splice)
        text = after
        if len(done) == 10:
            break
    assert len(done) == 10
    for splice in reversed(done):
        text = splice.inverse.apply(text)
    assert text == start


@pytest.mark.parametrize("path", inputs(), ids=lambda path: path.name)
def test_every_input_is_written_as_it_was_read(path: Path) -> None:
    text = text_of(path)
    source = readable(path)
    assert source is not None
    parts = take_apart(text, source)
    again = put_together(parts).encode("utf-8", "surrogateescape")
    assert again == path.read_bytes()
    assert [part.first for part in parts] == sorted({part.first for part in parts})
    for block in blocks_of(source):
        for word in block.words:
            key = ".".join([*(f"{n}({i})" for n, i in block.path), word.name])
            if sum(one.name == word.name for one in block.words) > 1:
                continue
            value = get_value(text, key, is_properties=path.suffix == ".d3")
            assert value is not None
            if word.opens is None or value:
                assert (
                    setting(text, key, value, is_properties=path.suffix == ".d3").apply(
                        text
                    )
                    == text
                )


def words_but(deck: Deck, without: str) -> list[object]:
    """Return all keywords of a deck but for the SCF block's one of this name."""
    return [
        (word.block, word.name, word.values)
        for word in deck.words()
        if (word.block, word.name) != ("scf", without)
    ]


def test_every_deck_of_the_corpora_takes_another_limit_of_cycles() -> None:
    if not inputs():
        pytest.skip("needs the corpora")
    n_set = 0
    for path in inputs():
        deck, text = readable(path), text_of(path)
        if not isinstance(deck, Deck):
            continue
        n_there = sum(w.name == "MAXCYCLE" for w in deck.scf)
        if deck.scf_end is None or n_there > 1:
            continue
        n_everywhere = sum(word.name == "MAXCYCLE" for word in deck.words())
        key = "SCF.MAXCYCLE" if n_everywhere > n_there else "MAXCYCLE"
        after_text = set_value(text, key, "77")
        after = read_deck(after_text)
        found = after.find("MAXCYCLE")
        assert found is not None, path
        assert found.values == ("77",), path
        assert words_but(after, "MAXCYCLE") == words_but(deck, "MAXCYCLE"), path
        assert after.geometry == deck.geometry, path
        assert after.basis == deck.basis, path
        n_more = len(lines_of(after_text)) - len(lines_of(text))
        assert n_more == (0 if n_there else 2), path
        n_set += 1
    assert n_set > 60
