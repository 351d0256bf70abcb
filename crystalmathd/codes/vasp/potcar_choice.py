"""Which datasets of the user's library a structure takes."""

import re
from collections.abc import Sequence
from typing import Any

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.vasp.options import VaspOptions
from crystalmathd.codes.vasp.potcar_assembly import DIRECTORIES, Spec, WantedDataset


def check_symbols(elements: Sequence[str], options: VaspOptions) -> None:
    """Refuse a dataset of another element, or for one that is not there.

    Raises
    ------
    InputRefusedError
        If so.
    """
    strangers = sorted(set(options.potcar_symbols) - set(elements))
    if strangers:
        raise InputRefusedError(
            f"potcar_symbols: {', '.join(strangers)} is not in the structure"
        )
    for element, symbol in options.potcar_symbols.items():
        if not re.fullmatch(rf"{element}(?![a-z])[A-Za-z0-9_.]*", symbol):
            raise InputRefusedError(
                f"potcar_symbols: {element} cannot be {symbol!r}; a dataset is called"
                f" {element}, {element}_pv or the like"
            )


def symbols_for(elements: Sequence[str], options: VaspOptions) -> tuple[str, ...]:
    """Return a symbol for each element: `Ti_pv`.

    Raises
    ------
    InputRefusedError
        As `check_symbols`, or if none is known.
    """
    from pymatgen.io.vasp.sets import MPScanRelaxSet  # noqa: PLC0415  # heavy

    check_symbols(elements, options)
    config: Any = MPScanRelaxSet.CONFIG
    symbols = {**config["POTCAR"], **options.potcar_symbols}
    unknown = [element for element in elements if element not in symbols]
    if unknown:
        raise InputRefusedError(
            f"no dataset is known for {', '.join(unknown)}: name one in potcar_symbols"
        )
    return tuple(str(symbols[element]) for element in elements)


def spec_for(elements: Sequence[str], options: VaspOptions) -> Spec:
    """Return what the POTCAR is made of, in the order of the elements."""
    return spec_of(symbols_for(elements, options), None, options)


def spec_of(
    symbols: Sequence[str], functional: str | None, options: VaspOptions
) -> Spec:
    """Return a spec; `functional` is what a set wants, the options go before it.

    Raises
    ------
    InputRefusedError
        If the functional is none of a library.
    """
    of_method = "LDA_54" if options.functional.upper() == "LDA" else "PBE_54"
    wanted = options.potcar_functional or functional or of_method
    for symbol, digest in options.potcar_sha256.items():
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise InputRefusedError(
                f"potcar_sha256: that of {symbol} has 64 hexadecimal digits, not"
                f" {digest[:80]!r}"
            )
    if wanted not in DIRECTORIES:
        known = ", ".join(DIRECTORIES)
        raise InputRefusedError(f"potcar_functional {wanted}: there are {known}")
    return Spec(
        functional=wanted,
        datasets=tuple(
            WantedDataset(symbol=symbol, sha256=options.potcar_sha256.get(symbol, ""))
            for symbol in symbols
        ),
    )


def largest_enmax_ev(elements: Sequence[str], options: VaspOptions) -> float | None:
    """Return the largest ENMAX in eV; None unless all datasets' are known."""
    symbols = symbols_for(elements, options)
    if not all(symbol in options.enmax_ev for symbol in symbols):
        return None
    return max(options.enmax_ev[symbol] for symbol in symbols)


def valence_electrons(
    elements: Sequence[str], counts: Sequence[int], options: VaspOptions
) -> float:
    """Return the valence electrons of the cell.

    Raises
    ------
    InputRefusedError
        If a dataset's number is not known: a charge cannot be written then.
    """
    symbols = symbols_for(elements, options)
    unknown = [one for one in symbols if one not in options.valence_electrons]
    if unknown:
        raise InputRefusedError(
            f"a charge needs the valence electrons (ZVAL) of {', '.join(unknown)}:"
            " give valence_electrons by symbol"
        )
    return sum(
        options.valence_electrons[symbol] * count
        for symbol, count in zip(symbols, counts, strict=True)
    )
