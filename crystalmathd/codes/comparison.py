"""The method behind an energy, from the inputs of a job, for every code."""

from collections.abc import Mapping
from dataclasses import replace

from crystalmathd.codes.crystal import comparison as crystal
from crystalmathd.codes.espresso import comparison as espresso
from crystalmathd.codes.vasp import comparison as vasp
from crystalmathd.models.comparisons import Method
from crystalmathd.models.results import Result


def method_of(
    result: Result, inputs: Mapping[str, bytes], hashes: Mapping[str, str]
) -> Method:
    """Return what is known of the method; what the code has printed counts first.

    `inputs`: name → text, the main input first. `hashes`: name → sha256 of other files.
    """
    code = result.code
    read: Method | None = None
    first = next(iter(inputs.values()), None)
    if first is not None and code in {"crystal", "pyscf"}:
        read = crystal.method(first)
    elif first is not None and code == "espresso":
        read = espresso.method(first, hashes)
    elif code == "vasp" and inputs:
        read = vasp.method(dict(inputs))
    read = read or Method(code=code)
    version = (result.code_version or "").partition(".")[0]
    return replace(
        read,
        code=code,
        functional=result.functional or read.functional,
        defaults=version or None,
    )
