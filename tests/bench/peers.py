"""Reads outputs of CRYSTAL with another package and says how long it took.

Run by a python that has the package; needs nothing of this project:

    python peers.py pycrystal

Each line of standard input names a file; each line of the answer is JSON: the
seconds (of the processor) and the energy in hartree, or the error.
"""

import contextlib
import io
import json
import sys
import time
import warnings
from functools import partial
from typing import Any

EV_PER_HARTREE = {"CRYSTALpytools": 27.211386245988, "pycrystal": 27.21138602}
"""The packages' own constants: both give energies in eV."""


def pycrystal(path: str) -> Any:
    from pycrystal import CRYSTOUT

    return CRYSTOUT(path).info["energy"]


def CRYSTALpytools(path: str) -> Any:  # noqa: N802  # the package's name
    """Read what it shares with our Result; each getter goes over the lines again."""
    from CRYSTALpytools.crystal_io import Crystal_output
    from pymatgen.core.lattice import Lattice

    # pymatgen's read-only matrix is refused by the scipy that goes with it.
    Lattice.matrix = property(lambda lattice: lattice._matrix.copy())
    output = Crystal_output(path)
    energy = output.get_final_energy()
    for read in (
        output.get_scf_convergence,
        output.get_fermi_energy,
        output.get_band_gap,
        output.get_primitive_geometry,
        partial(output.get_last_geom, write_gui_file=False),
        output.get_opt_convergence,
        output.get_mulliken_charges,
    ):
        # A getter fails where the file has not what it looks for: that took time too.
        with contextlib.suppress(Exception, SystemExit):
            read()
    return energy


def main() -> None:
    reader = sys.argv[1]
    read = {"pycrystal": pycrystal, "CRYSTALpytools": CRYSTALpytools}[reader]
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        energy, error = None, None
        begun = time.process_time()
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                energy = read(line.rstrip("\n"))
        except (Exception, SystemExit) as exc:  # noqa: BLE001  # any is an answer
            error = f"{type(exc).__name__}: {exc}"[:80]
        seconds = time.process_time() - begun
        if energy is not None:
            energy = float(energy) / EV_PER_HARTREE[reader]
        answer = {"seconds": seconds, "energy_ha": energy, "error": error}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
