"""How bands are filled: by smearing unless something else is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crystalmathd.codes.base import InputRefusedError
from crystalmathd.codes.espresso.options import (
    OCCUPATIONS,
    SMEARINGS,
    EspressoOptions,
    Preset,
    Value,
)
from crystalmathd.models.inputs import ERROR, NOTE, WARNING, InputFinding

_WHOLE: Final = 1e-6
_PAIR: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """Variables of &SYSTEM, and what should be known of them."""

    values: Mapping[str, Value]
    findings: tuple[InputFinding, ...]


def occupations_for(
    options: EspressoOptions,
    preset: Preset,
    electrons: float,
    total_moment_ub: float | None,
) -> Filled:
    """Choose the occupations; `total_moment_ub` is None without spin.

    Cold smearing by default: it is right for a metal, and shifts the energy of an
    insulator by nothing as long as the width is small against its gap.

    Raises
    ------
    InputRefusedError
        If a word is not known, or a width is given to bands that have none.
    """
    asked = options.occupations or "smearing"
    if asked not in OCCUPATIONS:
        raise InputRefusedError(
            f"occupations {asked}: there are {', '.join(OCCUPATIONS)}"
        )
    odd = _odd(electrons, total_moment_ub)
    if asked == "smearing":
        return _smeared(options, preset, odd)
    if options.smearing is not None or options.smearing_width_ry is not None:
        raise InputRefusedError(f"occupations {asked} have no smearing")
    if asked != "fixed":
        return Filled(values={"occupations": asked}, findings=())
    values: dict[str, Value] = {"occupations": asked}
    if total_moment_ub is not None:
        values["tot_magnetization"] = float(round(total_moment_ub))
    findings = (_odd_finding(electrons, ERROR),) if odd else ()
    if total_moment_ub is not None and not _pairs(electrons, total_moment_ub):
        findings = (_parity_finding(electrons, total_moment_ub),)
    return Filled(values=values, findings=findings)


def _smeared(options: EspressoOptions, preset: Preset, odd: bool) -> Filled:  # noqa: FBT001
    kind = options.smearing or "cold"
    if kind not in SMEARINGS:
        raise InputRefusedError(f"smearing {kind}: there are {', '.join(SMEARINGS)}")
    width = options.smearing_width_ry or preset.smearing_width_ry
    findings = []
    if options.occupations is None:
        findings.append(
            InputFinding(
                code="occupations.smearing",
                severity=NOTE,
                message=f"whether this is a metal is not known: {kind} smearing of"
                f" {width:g} Ry",
                fix="occupations=fixed for an insulator",
            )
        )
    if odd:
        findings.append(_odd_finding(0.0, WARNING))
    return Filled(
        values={"occupations": "smearing", "smearing": kind, "degauss": width},
        findings=tuple(findings),
    )


def _odd(electrons: float, total_moment_ub: float | None) -> bool:
    is_even = abs(electrons / _PAIR - round(electrons / _PAIR)) < _WHOLE
    return total_moment_ub is None and not is_even


def _pairs(electrons: float, moment_ub: float) -> bool:
    """Tell whether as many electrons as there are make this whole moment."""
    return abs(electrons - round(moment_ub)) % _PAIR < _WHOLE


def _odd_finding(electrons: float, severity: str) -> InputFinding:
    number = f"{electrons:g} electrons" if severity == ERROR else "electrons"
    return InputFinding(
        code="electrons.odd",
        severity=severity,
        message=f"an odd or broken number of {number} without spin",
        fix="give moments (element_moments_ub), or the charge",
    )


def _parity_finding(electrons: float, moment_ub: float) -> InputFinding:
    return InputFinding(
        code="spin.impossible",
        severity=ERROR,
        message=f"{electrons:g} electrons cannot make a moment of"
        f" {round(moment_ub)} µB in filled bands",
        fix="occupations=smearing, or other moments",
    )
