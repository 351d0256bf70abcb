"""Good inputs to be changed: some of our own, and those of the corpora that ran."""

from collections.abc import Iterator

from tests.unit.codes import (
    test_crystal_checks,
    test_espresso_checks,
    test_vasp_checks,
)
from tests.unit.codes.corpora import files
from tests.unit.codes.mutants.languages import IS_ALL

_BANDS = """\
BAND
bands of magnesium oxide
2 8 40 1 10 1 0
0 0 0 4 0 4
4 0 4 6 2 4
NEWK
8 8
1 0
DOSS
2 200 1 8 1 14 0
2 1 2
-1 3
END
"""
_DENSITY = """\
ECHG
0
65
COORDINA
-4. -4. 0.
4. -4. 0.
4. 4. 0.
MARGINS
1. 1. 1. 1.
END
PPAN
END
"""
_OWN = {
    "d12": {
        "mgo": test_crystal_checks.MGO,
        "slab": test_crystal_checks.SLAB,
        "library": test_crystal_checks.LIBRARY,
    },
    "d3": {"bands": _BANDS, "density": _DENSITY},
    "POSCAR": {"si": test_vasp_checks.POSCAR},
    "KPOINTS": {"si": test_vasp_checks.KPOINTS},
    "INCAR": {"si": test_vasp_checks.INCAR},
    "pw": {"si": test_espresso_checks.GOOD},
}
_FOLDERS = {
    "d12": ("open/crystal/d12", "open/crystal/d12_from_out"),
    "d3": ("open/crystal/d3",),
    "pw": ("open/qe/pw_in",),
}
_BAD = ("FAULTY", "SUSPECT", "TEMPLATE", "COMMENTS")


def good_texts(language: str) -> dict[str, str]:
    """Return name → text; of the corpora only if all mutants are asked for."""
    texts = dict(_OWN[language])
    if IS_ALL:
        known = set(texts.values())
        for name, data in _of_corpora(language):
            text = data.decode("utf-8", "replace").replace("\r\n", "\n")
            if text not in known:
                texts[name] = text
                known.add(text)
    return texts


def _of_corpora(language: str) -> Iterator[tuple[str, bytes]]:
    notes = test_crystal_checks.notes_of_decks()
    for folder in _FOLDERS.get(language, ("open/vasp",)):
        for path, data in files(folder):
            name = path.rpartition("/")[2]
            if any(word in notes.get(path, "") for word in _BAD):
                continue
            if "_invalid/" in path or "_malformed/" in path:
                continue
            starts = ("POSCAR", "CONTCAR") if language == "POSCAR" else (language,)
            if language in _FOLDERS or name.startswith(starts):
                yield path, data
