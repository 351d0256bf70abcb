"""What a program of Quantum ESPRESSO has printed and left → Result."""

from collections.abc import Iterator, Mapping
from typing import Final

from crystalmathd.codes.base import is_named
from crystalmathd.codes.espresso import savefile
from crystalmathd.codes.espresso.postproc import read_postproc
from crystalmathd.codes.espresso.pwscf import read_pwscf
from crystalmathd.codes.espresso.report import last_run
from crystalmathd.codes.espresso.responses import read_phonons
from crystalmathd.models.results import Result

CRASH: Final = "CRASH"
_SAVED: Final = (f"*.save.{savefile.NAME}", f"*.save/{savefile.NAME}")
"""As a job brings it home, and as it stands where pw.x ran with `outdir='./'`."""

_PLOTS: Final = {
    "dos.x": ("*.dos", "*dos*.dat"),
    "projwfc.x": ("*.pdos_*",),
    "bands.x": ("*.gnu",),
}
"""Files of `outputs/` with curves; users choose their names."""


def result_files(program: str, stdout: str) -> tuple[str, ...]:
    """Name what `read_output` wants; names with `*` stand for all files like it."""
    saved = _SAVED if program == "pw.x" else ()
    return stdout, CRASH, *saved, *_PLOTS.get(program, ())


def read_output(program: str, stdout: str, files: Mapping[str, bytes]) -> Result:
    """Read what a program has left; of several runs in one output the last counts.

    A run that ended by `max_seconds` or an EXIT file prints JOB DONE all the same: it
    has not come to its normal end. CRASH is where each rank writes its fatal error;
    the standard output of a parallel run may lack it.
    """
    report = last_run(files.get(stdout, b""))
    crash = files.get(CRASH, b"")
    name = report.header[0] if report.header else program
    if name in {"PWSCF", "pw.x"}:
        return read_pwscf(program, stdout, report, crash, _saved(files))
    if name in {"PHONON", "ph.x", "DYNMAT", "dynmat.x"}:
        return read_phonons(program, report, crash)
    plots = {
        one: data
        for one, data in files.items()
        if one not in {stdout, CRASH}
        and any(is_named(one, wanted) for wanted in _PLOTS.get(program, ()))
    }
    return read_postproc(program, report, crash, plots)


def _saved(files: Mapping[str, bytes]) -> Iterator[savefile.SaveFile]:
    """Yield the save files that can be read; other runs may have written them."""
    for name, data in files.items():
        if name.endswith(savefile.NAME):
            save = savefile.read_save(data)
            if save is not None:
                yield save
