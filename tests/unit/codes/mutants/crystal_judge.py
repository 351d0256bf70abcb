"""A judge of inputs of CRYSTAL: a strict reader in the order of the program.

It shares no code with the checker. Facts: manual and tables of CRYSTALpytools
(crystal_keywords.tsv), and what outputs say of decks that ended in an error.
"""

from tests.unit.codes.mutants.crystal_basis import (
    Entry,
    check_basis,
    check_library,
    read_basis,
)
from tests.unit.codes.mutants.crystal_blocks import Blocks
from tests.unit.codes.mutants.crystal_keywords import blocks_of
from tests.unit.codes.mutants.crystal_meaning import check_said
from tests.unit.codes.mutants.crystal_tape import Tape
from tests.unit.codes.mutants.verdicts import RefusedError

_DIMENSIONS = {"CRYSTAL": 3, "SLAB": 2, "POLYMER": 1, "HELIX": 1, "MOLECULE": 0}
_FROM_FILE = {"EXTERNAL", "DLVINPUT"}
_LAST_GROUP = {"CRYSTAL": 230, "SLAB": 80, "POLYMER": 99, "MOLECULE": 47}
_RHOMBOHEDRAL = {146, 148, 155, 160, 161, 166, 167}


class PropertiesReading:
    """An input of properties read to its END; raises `RefusedError`."""

    def __init__(self, text: str) -> None:
        self.tape = Tape(text)
        self.blocks = Blocks(self.tape, None)
        self.blocks.read("properties")
        refuse_tail(self.tape)


class DeckReading:
    """A deck read from its title to its last END; raises `RefusedError`."""

    def __init__(self, text: str) -> None:
        self.tape = Tape(text)
        self.atoms: dict[int, int] = {}
        """Conventional atomic number → the first line with it."""
        self.entries: list[Entry] = []
        self.flags = [0.0, 0.0, 0.0]
        self.kind = ""
        self.n_atoms = 0
        self._head()
        self.blocks = Blocks(self.tape, _DIMENSIONS.get(self.kind))
        self._body()

    def _head(self) -> None:
        tape = self.tape
        types = {*_DIMENSIONS, *_FROM_FILE}
        if len(tape.lines) < 3:
            raise RefusedError({1, 2, len(tape.lines)}, "a deck of few lines")
        kind = (tape.words(2) or [""])[0]
        if kind not in types:
            is_early = (tape.words(1) or [""])[0] in types
            is_late = (tape.words(3) or [""])[0] in types
            also = {1} if is_early else {3} if is_late else set()
            raise RefusedError({2, *also}, "no geometry type")
        tape.take("title")
        tape.take("type")
        self.kind = kind
        if kind not in _FROM_FILE:
            self._cell()
            self._read_atoms()

    def _cell(self) -> None:
        tape, kind = self.tape, self.kind
        first = tape.line
        if kind == "CRYSTAL":
            self.flags = tape.read("iii", "flags")
            if not {self.flags[0], self.flags[1]} <= {0, 1} or self.flags[2] < 0:
                raise RefusedError({first}, "no flags")
        group = 0
        line = tape.line
        if kind == "HELIX":
            tape.read("ii", "group")
        elif self.flags[0]:
            if tape.begins_with_number() or not tape.words():
                raise RefusedError({first, line}, "no symbol of a group")
            tape.take("group")
        else:
            try:
                group = int(tape.read("i", "group")[0])
            except RefusedError as refused:
                raise RefusedError({first, line}, refused.why) from refused
            if not 1 <= group <= _LAST_GROUP[kind]:
                raise RefusedError({line, *tape.twins(first, line)}, "no group")
        if self.flags[2] > 1:
            tape.read("iii", "shift")
        if kind != "MOLECULE":
            self._lattice(group, line)

    def _lattice(self, group: int, group_line: int) -> None:
        """Read the minimal cell of a group (0: a symbol, any number of values)."""
        tape, line = self.tape, self.tape.line
        words = [word for word in tape.words() if word[:1] not in {"!", "#"}]
        wanted = self._n_values(group) if group else len(words)
        if not words or len(words) not in {wanted, 6} or not tape.begins_with_number():
            flags = {3} if self.kind == "CRYSTAL" else set()
            raise RefusedError(
                {group_line, line, *(flags if group in _RHOMBOHEDRAL else ())},
                "not the number of values of the minimal cell",
            )
        values = tape.read("r" * wanted, "cell")
        if any(value <= 0 for value in values):
            raise RefusedError({line}, "a cell that is not positive")

    def _n_values(self, group: int) -> int:
        if self.kind == "SLAB":
            bounds = ((7, 3), (48, 2), (80, 1))
        elif self.kind == "CRYSTAL":
            bounds = ((2, 6), (15, 4), (74, 3), (194, 2), (230, 1))
        else:
            return 1
        return next(count for last, count in bounds if group <= last)

    def _read_atoms(self) -> None:
        tape, count_line = self.tape, self.tape.line
        if len(tape.words()) >= 4:
            raise RefusedError({count_line - 1, count_line}, "no number of atoms")
        count = tape.read("i", "count")[0]
        if not 1 <= count <= 100_000:
            raise RefusedError({count_line}, "no number of atoms")
        seen: dict[tuple[float, ...], int] = {}
        for at in range(int(count)):
            line = tape.line
            if tape.is_over or not tape.begins_with_number() or len(tape.words()) < 4:
                around = {line} if len(tape.words()) >= 3 else {line - 1, line}
                is_list = len(tape.words()) < 3 or at == 0
                raise RefusedError(
                    around | ({count_line} if is_list else set()), "no atom"
                )
            values = tape.read("irrr", "atom")
            if values[0] < 0 or values[0] >= 1000:
                raise RefusedError({line}, "no atomic number")
            place = tuple(values[1:])
            if place in seen:
                raise RefusedError({line, seen[place]}, "two atoms in one place")
            seen[place] = line
            self.atoms.setdefault(int(values[0]), line)
        self.n_atoms = int(count)
        if not tape.is_over and len(tape.words()) >= 4 and tape.begins_with_number():
            line = tape.line
            raise RefusedError({count_line, line - 1, line}, "more atoms than counted")

    def _body(self) -> None:
        tape, blocks = self.tape, self.blocks
        closed_by = blocks.read("geometry")
        self.geometry_end = tape.line - 1
        names = {one.name for one in blocks.said}
        self._atoms_of_edits()
        if closed_by == "BASISSET":
            check_library(tape, self.atoms)
            self.scf_begin = tape.line
            blocks.read("scf", "basis")
        elif "TESTGEOM" in names and not tape.begins_with_number():
            return
        else:
            self._explicit()
        if all(one.name != "FIXINDEX" for one in blocks.said):
            refuse_tail(tape)
        check_said(self)

    def _explicit(self) -> None:
        tape, blocks = self.tape, self.blocks
        if tape.is_over:
            raise RefusedError({tape.line - 1}, "neither basis set nor SCF")
        self.entries = read_basis(tape)
        terminator = tape.line - 1
        try:
            blocks.read("basis")
        except RefusedError as refused:
            raise RefusedError(refused.lines | {terminator}, refused.why) from refused
        self.scf_begin = tape.line
        blocks.read("scf")
        is_charged = any(one.name in {"CHARGED", "CHEMOD"} for one in blocks.said)
        check_basis(self.entries, self.atoms, terminator, is_charged=is_charged)

    def _atoms_of_edits(self) -> None:
        """Add the atoms that keywords of the geometry bring in."""
        steps = {"ATOMSUBS": (2, 2), "ATOMINSE": (1, 4), "HYDROSUB": (2, 3)}
        for one in self.blocks.said:
            if one.name in steps and self.atoms:
                first, step = steps[one.name]
                for value in one.values[first::step]:
                    self.atoms.setdefault(int(value), one.line)


def refuse_tail(tape: Tape) -> None:
    """See that no keyword stands where nothing is read any more."""
    end = tape.line - 1
    for line in range(tape.line, len(tape.lines) + 1):
        words = tape.words(line)
        if words and blocks_of(words[0]):
            raise RefusedError(
                {*tape.ends_around(end), end + 1, line}, "a block is closed early"
            )
