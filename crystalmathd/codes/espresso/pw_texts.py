"""What the commonest keys and the cards of pw.x do, in one sentence each.

A line is the name and the sentence; our own words, facts from INPUT_PW (see `pw_keys`).
"""

from functools import cache
from typing import Final

_KEYS: Final = """
calculation what is done: one SCF, bands, or motion of ions and cell
title a name that is printed
verbosity how much is printed; high also symmetry and all k-points
restart_mode whether a run is gone on with that was broken off
nstep most steps of the ions
iprint bands are printed every so many steps
tstress computes the stress
tprnfor computes the forces
dt time step of molecular dynamics, in Rydberg atomic units (4.8378e-17 s)
outdir directory of large files; several runs that belong together share it
wfcdir directory of the wave functions, if not outdir
prefix first part of the names of files in outdir
max_seconds the run stops by itself after so many seconds
etot_conv_thr relaxation ends when the energy changes by less, Ry
forc_conv_thr relaxation ends when the forces are smaller, Ry/bohr
disk_io how much is written while the run goes on
pseudo_dir directory of the pseudopotentials
tefield adds a saw-tooth potential
dipfield adds a dipole correction; with tefield
lelfield a homogeneous field by the Berry phase
lberry computes the Berry phase
gate a charged plate in the cell
lfcp the Fermi level is kept, not the charge
trism a solvent by RISM
ibrav the Bravais lattice; 0: the card CELL_PARAMETERS gives the cell
celldm lengths and cosines of the cell, bohr; needs an index
a lattice parameter, Å, in place of celldm(1)
b lattice parameter, Å
c lattice parameter, Å
cosab cosine of the angle between a and b
cosac cosine of the angle between a and c
cosbc cosine of the angle between b and c
nat number of atoms in the cell
ntyp number of species
nbnd number of bands; metals want more than half the electrons
tot_charge charge of the cell
tot_magnetization electrons with spin up less those with spin down
starting_magnetization spin of a species in the guess, from -1 to 1; needs an index
ecutwfc cutoff of the wave functions, Ry
ecutrho cutoff of the density, Ry; 4 times ecutwfc without ultrasoft potentials
ecutfock cutoff of the exact exchange, Ry
nr1 points of the FFT grid along the first axis
nosym symmetry is not used
noinv k and -k are not taken as equal
no_t_rev no symmetry with time reversal
occupations how levels are filled; metals want smearing
degauss width of the smearing, Ry
smearing the function by which levels are smeared
nspin 1: no spin, 2: up and down, 4: any direction
noncolin magnetisation in any direction
lspinorb spin-orbit coupling; with noncolin and fully relativistic potentials
angle1 angle of a species' moment and z, degrees; needs an index
angle2 angle of a species' moment in the plane, degrees; needs an index
input_dft the functional, in place of that of the pseudopotentials
exx_fraction fraction of exact exchange
screening_parameter range of screened exchange (HSE), 1/bohr
exxdiv_treatment how the divergence of exact exchange is treated
nqx1 q-points of exact exchange along the first axis
lda_plus_u adds U; newer versions have the card HUBBARD
hubbard_u U of a species, eV; newer versions have the card HUBBARD
edir direction of the field, 1 to 3
emaxpos where the saw-tooth potential has its maximum, from 0 to 1
eopreg width of the part where that potential falls, from 0 to 1
eamp size of the field, hartree atomic units
assume_isolated a cell that is not periodic, or only along two axes
esm_bc boundary conditions of the screening medium
vdw_corr dispersion correction
london dispersion by D2; vdw_corr is preferred
dftd3_version damping of D3: 3 zero, 4 Becke-Johnson
dftd3_threebody adds the three-body term of D3
space_group number of the space group; only irreducible atoms are given then
constrained_magnetization what of the magnetisation is kept
fixed_magnetization the magnetisation that is kept; needs an index
lambda weight of what constrains the magnetisation
electron_maxstep most SCF cycles
scf_must_converge whether the run stops if the SCF does not converge
conv_thr the SCF ends when its estimated error is smaller, Ry
adaptive_thr a looser threshold in the first cycles of exact exchange
mixing_mode how densities are mixed; local-TF for surfaces
mixing_beta how much of the new density is mixed in
mixing_ndim how many cycles the mixing remembers
diagonalization how the matrix is diagonalised
diago_david_ndim size of the space in Davidson's method
diago_full_acc empty levels as exact as the others
efield field of lelfield, Ry atomic units
startingpot the first potential: of atoms or of a file
startingwfc the first wave functions
tqr augmentation charges in real space
real_space projectors in real space
ion_dynamics how ions move: bfgs for relaxation, verlet for dynamics
ion_positions whether positions of the last run are taken in a restart
pot_extrapolation how the potential of the next step is guessed
wfc_extrapolation how the wave functions of the next step are guessed
remove_rigid_rot takes the rotation out of dynamics
ion_temperature how the temperature is kept
tempw temperature at the start, K
nraise steps between two changes of the temperature
upscale how much conv_thr may shrink during relaxation
bfgs_ndim how many steps BFGS remembers
trust_radius_max longest step of relaxation, bohr
trust_radius_min shortest step of relaxation, bohr
trust_radius_ini first step of relaxation, bohr
cell_dynamics how the cell moves
press pressure, kbar
press_conv_thr relaxation ends when the pressure is so near, kbar
cell_factor room for projectors if the cell grows
cell_dofree which parts of the cell may move
"""

_CARDS: Final = """
ATOMIC_SPECIES label, mass in amu and pseudopotential file of each species
ATOMIC_POSITIONS label and x y z of each atom; 0 behind a coordinate keeps it
K_POINTS the k-points: a mesh (automatic), Γ alone (gamma), a list or a path
ADDITIONAL_K_POINTS points that are added to the mesh with weight 0
CELL_PARAMETERS the three vectors of the cell, with ibrav = 0
CONSTRAINTS lengths and angles that are kept during the motion
OCCUPATIONS the occupation of every band, with occupations = 'from_input'
ATOMIC_VELOCITIES velocities of the atoms at the start, Ry atomic units
ATOMIC_FORCES forces on the atoms from outside, Ry/bohr
SOLVENTS the molecules of the solvent, with trism
HUBBARD U, J and V of manifolds such as Fe-3d, eV (version 7.1 and later)
"""

NAMELISTS: Final = {
    "control": "what is done, and where files are",
    "system": "cell, cutoffs, occupations, spin, functional",
    "electrons": "the SCF",
    "ions": "how ions move; for relax, md, vc-relax and vc-md",
    "cell": "how the cell moves; for vc-relax and vc-md",
    "fcp": "how the charge moves; with lfcp",
    "rism": "the solvent; with trism",
}


@cache
def key_texts() -> dict[str, str]:
    """Return the sentences of keys by name, in lower case."""
    return _sentences(_KEYS)


@cache
def card_texts() -> dict[str, str]:
    """Return the sentences of cards by name, in capitals."""
    return _sentences(_CARDS)


def _sentences(table: str) -> dict[str, str]:
    lines = (line.partition(" ") for line in table.strip().split("\n"))
    return {name: f"{text[:1].upper()}{text[1:]}." for name, _, text in lines}
