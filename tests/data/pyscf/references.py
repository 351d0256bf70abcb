"""Energies for the engine's tests, from PySCF alone: prints references.json.

Nothing of crystalmathd is used. Lattice vectors, positions and shells are typed
here from the sources that are named; the numerical choices (fit, grid, precision)
are those that docs/engine.md describes.

    python tests/data/pyscf/references.py > tests/data/pyscf/references.json
"""

import json
import sys
from typing import Any

import numpy as np
import pyscf
from pyscf import df as molecular_df
from pyscf import dft as molecular_dft
from pyscf import gto as molecular_gto
from pyscf import scf as molecular_scf
from pyscf.dft import gen_grid
from pyscf.pbc import df, dft, gto, scf

Auxiliary = str | dict[str, Any] | None

FCC = np.array([[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]])


def lithium_hydride() -> gto.Cell:
    """Rock salt, a = 4.0834 Å (R. W. G. Wyckoff, Crystal Structures 1, 1963).

    Li 6-1G and H 5-11G (without its p function): R. Dovesi, C. Ermondi, E. Ferrero,
    C. Pisani, C. Roetti, Phys. Rev. B 29, 3591 (1984).
    """
    a = 4.0834
    lithium = [
        [
            0,
            [700.0, 0.001421],
            [220.0, 0.003973],
            [70.0, 0.016390],
            [20.0, 0.089954],
            [5.0, 0.315646],
            [1.5, 0.494595],
        ],
        [0, [0.5, 1.0]],
        [1, [0.5, 1.0]],
    ]
    hydrogen = [
        [
            0,
            [120.0, 0.000267],
            [40.0, 0.002249],
            [12.8, 0.006389],
            [4.0, 0.032906],
            [1.2, 0.095512],
        ],
        [0, [0.5, 1.0]],
        [0, [0.13, 1.0]],
    ]
    return gto.M(
        a=a * FCC,
        atom=[("Li", (0, 0, 0)), ("H", (a / 2, a / 2, a / 2))],
        basis={"Li": lithium, "H": hydrogen},
        unit="Angstrom",
        precision=1e-8,
        verbose=0,
    )


def diamond() -> gto.Cell:
    """Atoms at ±1/8 of the diagonal, a = 3.567 Å (Wyckoff 1963); STO-3G."""
    a = 3.567
    return gto.M(
        a=a * FCC,
        atom=[("C", (a / 8, a / 8, a / 8)), ("C", (-a / 8, -a / 8, -a / 8))],
        basis={"C": molecular_gto.basis.load("sto-3g", "C")},
        unit="Angstrom",
        precision=1e-8,
        verbose=0,
    )


def beryllium_oxide() -> gto.Cell:
    """Wurtzite, a = 2.698, c = 4.377 Å, u = 0.378.

    R. M. Hazen, L. W. Finger, J. Appl. Phys. 59, 3728 (1986), rounded; STO-3G.
    """
    a, c, u = 2.698, 4.377, 0.378
    lattice = np.array([[a, 0, 0], [-a / 2, a * np.sqrt(3) / 2, 0], [0, 0, c]])
    # The images within half a cell of the origin: with others the fitted integrals
    # of PySCF move by 1e-5 hartree.
    one = lattice.T @ [1 / 3, -1 / 3, 0]
    two = lattice.T @ [-1 / 3, 1 / 3, 0.5]
    up = np.array([0, 0, u * c])
    down = np.array([0, 0, (u - 1) * c])
    return gto.M(
        a=lattice,
        atom=[("Be", one), ("Be", two), ("O", one + up), ("O", two + down)],
        basis={e: molecular_gto.basis.load("sto-3g", e) for e in ("Be", "O")},
        unit="Angstrom",
        precision=1e-8,
        verbose=0,
    )


def hydrogen(n_atoms: int) -> gto.Cell:
    """Hydrogen on a cubic lattice of 2.5 Å, with 2 atoms at its centre too; STO-3G.

    No crystal of this world: far enough apart, each atom keeps its electron.
    """
    places = [(0, 0, 0), (1.25, 1.25, 1.25)][:n_atoms]
    return gto.M(
        a=2.5 * np.eye(3),
        atom=[("H", place) for place in places],
        basis={"H": molecular_gto.basis.load("sto-3g", "H")},
        spin=n_atoms % 2,
        unit="Angstrom",
        precision=1e-8,
        verbose=0,
    )


def atomic_grids(
    cell: gto.Cell, level: int = 3, radius: float = 45.0
) -> dft.gen_grid.BeckeGrids:
    """Share atomic grids among all atoms within `radius`, bohr, by exp(-2 r) / r^3.

    M. Franchini, P. H. T. Philipsen, L. Visscher, J. Comput. Chem. 34, 1819 (2013),
    with nothing left out.
    """
    grids = dft.gen_grid.BeckeGrids(cell)
    images = cell.get_lattice_Ls(rcut=radius, discard=False)
    atoms = (images[:, None] + cell.atom_coords()).reshape(-1, 3)
    light = np.where(np.tile(cell.atom_charges(), len(images)) == 1, 0.3, 1.0)
    tables = gen_grid.gen_atomic_grids(cell, level=level, prune=gen_grid.nwchem_prune)
    coords, weights = [], []
    for i in range(cell.natm):
        home = cell.atom_coord(i)
        here = np.argmin(np.linalg.norm(atoms - home, axis=1))
        offsets, volumes = tables[cell.atom_symbol(i)]
        inside = np.linalg.norm(offsets, axis=1) < radius / 2
        points, volumes = offsets[inside] + home, volumes[inside]
        for at in range(0, len(points), 500):
            block = points[at : at + 500]
            r = np.linalg.norm(block[:, None] - atoms, axis=2)
            p = light * np.exp(2 * (r.min(axis=1)[:, None] - r)) / r**3
            coords.append(block)
            weights.append(volumes[at : at + 500] * p[:, here] / p.sum(axis=1))
    grids.coords, grids.weights = np.vstack(coords), np.hstack(weights)
    return grids


def energy(
    cell: gto.Cell,
    mesh: tuple[int, int, int],
    functional: str | None = None,
    auxiliary: Auxiliary = None,
) -> float:
    points = cell.make_kpts(mesh)
    if functional is None:
        solver = scf.KRHF(cell, points, exxdiv="ewald")
    else:
        solver = dft.KRKS(cell, points, xc=functional, exxdiv="ewald")
        solver.grids = atomic_grids(cell)
    solver.with_df = df.GDF(cell, points)
    solver.with_df.auxbasis = auxiliary or molecular_df.aug_etb(cell, beta=1.8)
    solver.conv_tol = 1e-9
    return float(solver.kernel())


def polarised_energy(
    cell: gto.Cell, spins: list[int], functional: str | None = None
) -> float:
    """Return the energy on a 2x2x2 mesh from full spins on the atoms of hydrogen."""
    points = cell.make_kpts((2, 2, 2))
    if functional is None:
        solver = scf.KUHF(cell, points, exxdiv="ewald")
    else:
        solver = dft.KUKS(cell, points, xc=functional, exxdiv="ewald")
        solver.grids = atomic_grids(cell)
    alpha = (len(spins) + sum(spins)) // 2
    solver.nelec = (alpha * len(points), (len(spins) - alpha) * len(points))
    solver.with_df = df.GDF(cell, points)
    solver.with_df.auxbasis = "def2-universal-jkfit"
    solver.conv_tol = 1e-9
    up = np.diag([float(spin > 0) for spin in spins])
    down = np.diag([float(spin < 0) for spin in spins])
    start = np.array([[up] * len(points), [down] * len(points)])
    return float(solver.kernel(start))


def molecule_energy(unpaired: int, atoms: str, functional: str | None = None) -> float:
    """Return the energy of a molecule, Å, in STO-3G, with exact integrals."""
    molecule = molecular_gto.M(atom=atoms, basis="sto-3g", spin=unpaired, verbose=0)
    if functional is None:
        solver = molecular_scf.UHF(molecule)
    else:
        solver = molecular_dft.UKS(molecule, xc=functional)
        solver.grids.level = 5
    solver.conv_tol = 1e-10
    return float(solver.kernel())


def main() -> None:
    sto = "def2-universal-jkfit"
    b3lyp = "0.2*HF + 0.08*SLATER + 0.72*B88, 0.81*LYP + 0.19*VWN5"
    values = {
        "pyscf": pyscf.__version__,
        "lih_rhf_222": energy(lithium_hydride(), (2, 2, 2)),
        "lih_b3lyp_222": energy(lithium_hydride(), (2, 2, 2), b3lyp),
        "diamond_pbe_111": energy(diamond(), (1, 1, 1), "PBE,PBE", sto),
        "beo_svwn_112": energy(beryllium_oxide(), (1, 1, 2), "SLATER,VWN5", sto),
        "h_uhf_222": polarised_energy(hydrogen(1), [1]),
        "h2_pbe_222": polarised_energy(hydrogen(2), [1, -1], "PBE,PBE"),
        "o2_uhf": molecule_energy(2, "O 0 0 0.604; O 0 0 -0.604"),
        "nh2_pbe0": molecule_energy(
            1, "N 0 0 0; H 0.8 0 0.6; H -0.8 0 0.6", "0.25*HF + 0.75*PBE, PBE"
        ),
    }
    json.dump(values, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
