"""Programs that work on what pw.x has left: bands.x, dos.x, projwfc.x, pp.x …."""

from collections.abc import Mapping
from typing import Final

from crystalmathd.codes.espresso.curves import (
    density_of_states,
    path_bands,
    path_labels,
)
from crystalmathd.codes.espresso.frame import Frame
from crystalmathd.codes.espresso.populations import lowdin_charges
from crystalmathd.codes.espresso.report import Report
from crystalmathd.codes.espresso.system import System
from crystalmathd.models.quantities import Bands, DensityOfStates
from crystalmathd.models.results import Result

_CALCULATIONS: Final = {
    "bands.x": "bands",
    "dos.x": "dos",
    "projwfc.x": "dos",
    "pp.x": "properties",
    "neb.x": "path",
    "cp.x": "molecular_dynamics",
    "q2r.x": "phonons",
    "matdyn.x": "phonons",
    "hp.x": "response",
    "open_grid.x": "properties",
}


def read_postproc(
    program: str, report: Report, crash: bytes, plots: Mapping[str, bytes]
) -> Result:
    """Read a run; `plots` are the files with curves that it may have written.

    There is nothing to converge: the grade stays unknown.
    """
    frame, system = Frame(report), System(report)
    report.scan(frame, system)
    cpu, wall = frame.times_s
    bands, dos = _curves(program, report, plots)
    charges = lowdin_charges(report) if program == "projwfc.x" else None
    return Result(
        code="espresso",
        program=program,
        code_version=report.header[1] if report.header else None,
        build=frame.build,
        calculation=_CALCULATIONS.get(program),
        functional=system.functional,
        n_atoms=system.n_atoms,
        is_normal_end=frame.has_ended and frame.stopped is None,
        charges=() if charges is None else (charges,),
        bands=bands,
        dos=dos,
        fermi_energy_ev=None if dos is None else dos.fermi_ev,
        n_ranks=frame.n_ranks,
        n_threads=frame.n_threads,
        n_pools=frame.n_pools,
        wall_time_s=wall,
        cpu_time_s=cpu,
        warnings=tuple(frame.warnings),
        cause=frame.cause(crash) or frame.stopped,
    )


def _curves(
    program: str, report: Report, plots: Mapping[str, bytes]
) -> tuple[Bands | None, DensityOfStates | None]:
    if program == "bands.x":
        read = (path_bands(data, path_labels(report)) for data in plots.values())
        return next((bands for bands in read if bands is not None), None), None
    if program in {"dos.x", "projwfc.x"}:
        return None, density_of_states(plots)
    return None, None
