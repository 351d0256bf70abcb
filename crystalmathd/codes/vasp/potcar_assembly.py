"""A POTCAR made of the user's library where the job runs; its data never travels.

`POTCAR.spec` says what is wanted, one line each:

    functional PBE_54
    Ti_pv
    O sha256=<64 hexadecimal digits of the dataset's file>

The first step of the job, the program `potcar`, is the script below. It reads nothing
but that file and the library's variables, and quotes whatever it has read.

Layouts of libraries: VASP's own archives (potpaw_PBE.54/Ti_pv/POTCAR) under
VASP_PP_PATH, as ASE has them, and pymatgen's (POT_GGA_PAW_PBE_54/POTCAR.Ti_pv.gz) under
PMG_VASP_PSP_DIR. Source: documentation of ase.calculators.vasp and of `pmg config -p`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PROGRAM: Final = "potcar"
SPEC: Final = "POTCAR.spec"
POTCAR: Final = "POTCAR"
VARIABLES: Final = ("VASP_PP_PATH", "PMG_VASP_PSP_DIR")

DIRECTORIES: Final[Mapping[str, tuple[str, ...]]] = {
    "PBE_64": ("potpaw_PBE.64", "potpaw_PBE_64", "POT_PAW_PBE_64", "PBE_64"),
    "PBE_54": (
        *("potpaw_PBE.54", "potpaw_PBE_54", "POT_PAW_PBE_54"),
        *("POT_GGA_PAW_PBE_54", "PBE_54"),
    ),
    "PBE_52": (
        *("potpaw_PBE.52", "potpaw_PBE_52", "POT_PAW_PBE_52"),
        *("POT_GGA_PAW_PBE_52", "PBE_52"),
    ),
    "PBE": ("potpaw_PBE", "POT_GGA_PAW_PBE", "PBE"),
    "LDA_64": ("potpaw_LDA.64", "potpaw.64", "POT_PAW_LDA_64", "LDA_64"),
    "LDA_54": ("potpaw_LDA.54", "potpaw.54", "POT_LDA_PAW_54", "LDA_54"),
    "LDA_52": ("potpaw_LDA.52", "potpaw.52", "POT_LDA_PAW_52", "LDA_52"),
    "LDA": ("potpaw_LDA", "potpaw", "POT_LDA_PAW", "LDA"),
    "PW91": ("potpaw_GGA", "POT_GGA_PAW_PW91", "PW91"),
}
"""Functional → directories of a library. The words are pymatgen's."""

EXCHANGE: Final[Mapping[str, str]] = {
    name: {"PBE": "PE", "LDA": "CA", "PW91": "91"}[name.partition("_")[0]]
    for name in DIRECTORIES
}
"""Functional → LEXCH of its datasets. Source: vasp.at wiki, page GGA."""

PLACES: Final = (
    *("{0}/POTCAR", "{0}/POTCAR.gz", "{0}/POTCAR.Z"),
    *("POTCAR.{0}", "POTCAR.{0}.gz", "POTCAR.{0}.Z"),
)
"""Where a directory may hold the dataset of a symbol; the first that is there counts.
gzip unpacks both of the packed ones."""

MISSING_SPEC: Final = 10
NO_LIBRARY: Final = 11
NO_DATASET: Final = 12
WRONG_DATASET: Final = 13
WRONG_SUM: Final = 14
NOT_WRITTEN: Final = 15

_SYMBOL: Final = re.compile(r"[A-Z][A-Za-z0-9_.]*")
_GLUED: Final = re.compile(r"[^#]*[^#\s]#")
_ODD_BLANK: Final = re.compile(r"[^\S \t]")
_SUM: Final = re.compile(r"[0-9a-f]{64}")


class SpecRefusedError(Exception):
    """A POTCAR.spec that says nothing, or something else than symbols."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedDataset:
    """A symbol of the library (`Ti_pv`), and the sum of its file if it is known."""

    symbol: str
    sha256: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spec:
    functional: str
    datasets: tuple[WantedDataset, ...]


def write_spec(spec: Spec) -> str:
    """Write a spec.

    Raises
    ------
    SpecRefusedError
        If the functional or a symbol is none.
    """
    lines = [
        f"functional {spec.functional}",
        *(
            one.symbol + (f" sha256={one.sha256}" if one.sha256 else "")
            for one in spec.datasets
        ),
    ]
    text = "\n".join(lines) + "\n"
    read_spec(text)
    return text


def read_spec(text: str) -> Spec:
    """Read a spec; a word that begins with `#` begins a comment.

    What the script could not read is refused here, before a job waits for it.

    Raises
    ------
    SpecRefusedError
        If it is none; the sentence names the line.
    """
    functional, datasets = "", []
    for number, raw in enumerate(text.split("\n"), start=1):
        if _ODD_BLANK.search(raw):
            raise SpecRefusedError(
                f"line {number} of {SPEC} has a carriage return or another odd blank: "
                "write it with line ends of Unix"
            )
        if _GLUED.match(raw):
            raise SpecRefusedError(
                f"line {number} of {SPEC}: a blank has to stand before a comment"
            )
        words = raw.partition("#")[0].split()
        if not words:
            continue
        if words[0] == "functional" and len(words) == len(("functional", "PBE")):
            functional = words[1]
        elif (one := _dataset(words)) is not None:
            datasets.append(one)
        else:
            raise SpecRefusedError(f"line {number} of {SPEC} is no dataset: {raw[:80]}")
    if functional not in DIRECTORIES:
        known = ", ".join(DIRECTORIES)
        raise SpecRefusedError(f"{SPEC} needs a line `functional` with one of {known}")
    if not datasets:
        raise SpecRefusedError(f"{SPEC} names no dataset")
    return Spec(functional=functional, datasets=tuple(datasets))


def _dataset(words: list[str]) -> WantedDataset | None:
    symbol, *rest = words
    sums = [word.removeprefix("sha256=") for word in rest]
    is_sum = len(sums) <= 1 and all(_SUM.fullmatch(one) for one in sums)
    if not _SYMBOL.fullmatch(symbol) or not is_sum:
        return None
    return WantedDataset(symbol=symbol, sha256="".join(sums))


def _candidates() -> str:
    return " ".join(f'"$1/{place.format("$2")}"' for place in PLACES)


def _cases() -> str:
    return "\n".join(
        f'{name}) lexch={EXCHANGE[name]} directories="{" ".join(directories)}" ;;'
        for name, directories in DIRECTORIES.items()
    )


SCRIPT: Final = f"""\
set -u
LC_ALL=C
export LC_ALL
umask 077
fail() {{
    code=$1
    shift
    printf 'potcar: %s\\n' "$*" >&2
    rm -f POTCAR.made POTCAR.one
    exit "$code"
}}
[ -r {SPEC} ] || fail {MISSING_SPEC} "there is no {SPEC}"
functional=
symbols=
while read -r word value rest || [ -n "$word" ]; do
    case $word in
    '' | '#'*) continue ;;
    functional) functional=$value ;;
    *[!A-Za-z0-9_.]* | [!A-Z]*) fail {MISSING_SPEC} "$word in {SPEC} is no symbol" ;;
    *) symbols="$symbols $word" ;;
    esac
done <{SPEC}
case $functional in
{_cases()}
*) fail {MISSING_SPEC} "$functional in {SPEC} is no functional that is known" ;;
esac
[ -n "$symbols" ] || fail {MISSING_SPEC} "{SPEC} names no dataset"
[ -n "${{VASP_PP_PATH:-}}${{PMG_VASP_PSP_DIR:-}}" ] ||
    fail {NO_LIBRARY} "neither VASP_PP_PATH nor PMG_VASP_PSP_DIR names the library"

# Sets `file` to the dataset of a symbol in a directory, packed or not.
find_dataset() {{
    for file in {_candidates()}; do
        [ -f "$file" ] && [ -r "$file" ] && return 0
    done
    return 1
}}
unpacked() {{
    case $1 in
    *.gz | *.Z) gzip -dc <"$1" ;;
    *) cat <"$1" ;;
    esac
}}
# All datasets come from one directory: versions are not mixed.
library=
tried=
lacking=
for root in "${{VASP_PP_PATH:-}}" "${{PMG_VASP_PSP_DIR:-}}"; do
    [ -n "$root" ] || continue
    for name in $directories; do
        [ -z "$library" ] || continue
        tried="$tried $root/$name"
        [ -d "$root/$name" ] || continue
        missing=
        for symbol in $symbols; do
            find_dataset "$root/$name" "$symbol" || missing="$missing $symbol"
        done
        [ -n "$missing" ] || library=$root/$name
        lacking="$lacking$missing"
    done
done
[ -n "$library" ] || [ -n "$lacking" ] ||
    fail {NO_LIBRARY} "there is no library for $functional; tried:$tried"
[ -n "$library" ] || fail {NO_DATASET} "no dataset for$lacking; tried:$tried"

sum_of() {{
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256
    else
        echo "unknown: there is neither sha256sum nor shasum"
    fi
}}
: >POTCAR.made || fail {NOT_WRITTEN} "the POTCAR cannot be written here"
while read -r symbol wanted rest || [ -n "$symbol" ]; do
    case $symbol in '' | '#'* | functional) continue ;; esac
    find_dataset "$library" "$symbol" || fail {NO_DATASET} "no dataset for $symbol"
    unpacked "$file" >POTCAR.one || fail {NOT_WRITTEN} "$file cannot be unpacked"
    title=$(sed -n 's/^ *TITEL *= *//p' POTCAR.one | sed -n 1p)
    found=$(printf '%s\\n' "$title" | awk '{{ print $2 }}')
    [ "$found" = "$symbol" ] ||
        fail {WRONG_DATASET} "$file is for ${{found:-nothing}}, not $symbol"
    found=$(sed -n 's/^ *LEXCH *= *\\([A-Za-z0-9]*\\).*/\\1/p' POTCAR.one | sed -n 1p)
    [ "$found" = "$lexch" ] ||
        fail {WRONG_DATASET} \
            "$file has LEXCH = ${{found:-nothing}}, and $functional is $lexch"
    [ "$(grep -c 'End of Dataset' POTCAR.one)" = 1 ] ||
        fail {WRONG_DATASET} "$file is not one whole dataset"
    case $wanted in
    sha256=*)
        found=$(sum_of <POTCAR.one | awk '{{ print $1 }}')
        [ "sha256=$found" = "$wanted" ] ||
            fail {WRONG_SUM} "$file has the sum $found, not ${{wanted#sha256=}}"
        ;;
    esac
    cat POTCAR.one >>POTCAR.made || fail {NOT_WRITTEN} "the POTCAR cannot be written"
    printf '%s from %s: %s\\n' "$symbol" "$file" "$title"
done <{SPEC}
rm -f POTCAR.one
mv POTCAR.made POTCAR || fail {NOT_WRITTEN} "the POTCAR cannot be written"
"""
"""For any POSIX shell. Nothing of a dataset but its title is printed."""
