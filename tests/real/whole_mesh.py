"""Prints the energy of a deck by half of its mesh, and by PySCF on the whole of it.

A program of its own: PySCF leaves temporary files to the end of its process.
"""

import sys
from pathlib import Path

from pyscf.pbc import df, dft

from crystalmathd.codes.crystal.cells import primitive_cell
from crystalmathd.codes.pyscf import meanfield
from crystalmathd.codes.pyscf.basis import fitting_basis
from crystalmathd.codes.pyscf.calculation import plan
from crystalmathd.codes.pyscf.grids import crystal_grids
from crystalmathd.codes.pyscf.moments import start_density
from crystalmathd.codes.pyscf.systems import build_system


def main(deck: Path) -> None:
    calculation = plan(deck.read_text())
    system = build_system(calculation, primitive_cell(calculation.geometry), None)
    halved = meanfield.build_method(calculation, system)
    kind = dft.KUKS if calculation.spin.is_polarised else dft.KRKS
    whole = kind(system, system.make_kpts(calculation.mesh))
    whole.xc = halved.xc
    whole.grids = crystal_grids(system)
    whole.with_df = df.GDF(system, whole.kpts)
    whole.with_df.auxbasis = fitting_basis(system, calculation.basis)
    whole.conv_tol = halved.conv_tol
    print(len(halved.with_df.kpts), len(whole.with_df.kpts))
    print(halved.kernel(start_density(halved, calculation.spin)))
    print(whole.kernel())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
