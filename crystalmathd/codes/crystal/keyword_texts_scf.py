"""What the keywords of basis, SCF and properties do; lines as in `keyword_texts`."""

from typing import Final

SCF_TEXTS: Final = """
[basis]
GHOSTS | Atoms that keep their functions alone: how many, then labels. | 1/1
CHARGED | The cell may carry a charge.
CHEMOD | Changes the electrons in shells for the first density.
[scf]
RHF | Closed shells. | | on | UHF ROHF
UHF | Unrestricted Hartree-Fock. | | | RHF ROHF DFT
ROHF | Restricted open shells; the number of unpaired electrons. | 1 | | RHF UHF DFT
DFT | Density functional theory; its own block, closed by END. | | | UHF ROHF
HF3C | Hartree-Fock with three corrections; basis MINIX, its own block. | | \
| DFT DFTD3 GCP
HFSOL3C | HF-3c for solids; basis SOLMINIX, its own block. | | | DFT DFTD3 GCP
DFTD3 | Dispersion correction; its own block, closed by END.
GCP | Correction of basis set superposition; its own block, closed by END.
GCPAUTO | Correction of basis set superposition by the method's own numbers.
GRIMME | Dispersion by D2: s6, steepness, cutoff, then element, C6 and radius. \
| 1.05 20.0 25.0/1/6 1.75 1.452
ATOMSPIN | Spin of atoms in the guess: how many, then label and 1, -1 or 0. | 2/1 1 2 -1
SPINLOCK | n(α) − n(β) of the cell is kept: value, number of cycles. | 2 5
SPINLOC2 | As SPINLOCK, with a level shift. | 2 5
BETALOCK | The number of β electrons is kept: value, number of cycles. | 5 5
SPINEDIT | Turns the spin of atoms in the guess: how many, then labels. | 1/1
TOLDEE | The SCF ends when the energy changes by less than 10^-i hartree. | 7 \
| 6 (SCF), 7 (OPTGEOM), 10 (FREQCALC)
MAXCYCLE | Most SCF cycles (in OPTGEOM: most points). | 100 | 50
SHRINK | The k-point mesh: IS and that of the Fermi level ISP; with IS 0 a second \
record has IS1 IS2 IS3. | 8 8
TOLINTEG | Thresholds of the integrals, 10^-i: overlap, penetration, exchange. \
| 7 7 7 7 14 | 6 6 6 6 12
FMIXING | Mixing with the Fock matrix of the cycle before, per cent. | 30 | 30
LEVSHIFT | Shifts empty levels by n·0.1 hartree; 1 keeps the state fixed. | 6 1 | \
| DIIS
SMEAR | Smears the occupations, hartree; for metals. | 0.005
ANDERSON | Anderson mixing. | | | DIIS
BROYDEN | Broyden mixing: weight, mixing in per cent, first cycle. | 0.0001 50 2 \
| | DIIS
DIIS | Convergence by DIIS. | | on since CRYSTAL17 | NODIIS LEVSHIFT ANDERSON BROYDEN
NODIIS | No DIIS. | | | DIIS
DIISALLK | DIIS at all k-points.
HISTDIIS | How many cycles DIIS remembers. | 8
THREDIIS | When DIIS begins.
SLOSHING | DIIS damps long waves; for metals and large cells.
GUESSP | Begins with the density of an earlier run (fort.20, .f9). | | | GUESSPAT
GUESSPAT | Begins with the densities of atoms. | | on | GUESSP
EIGSHIFT | Shifts the levels of chosen functions in the guess.
LDREMO | Leaves out functions whose overlap is below i·10^-5. | 4
EIGS | Prints the eigenvalues of the overlap; for linear dependence.
BIPOLAR | Thresholds of the bipolar expansion: Coulomb, exchange. | 18 14 | 18 14
NOBIPOLA | No bipolar expansion.
BIPOSIZE | Size of the buffer for Coulomb integrals, words. | 32000000
EXCHSIZE | Size of the buffer for exchange integrals, words. | 32000000
EXCHPERM | Uses the permutation symmetry of exchange integrals.
PPAN | Mulliken populations at the end.
GRADCAL | Gradients at the end.
POSTSCF | Evaluates a functional on the density at the end.
FIXINDEX | Keeps the indices of integrals; a second geometry or basis follows.
SCFDIR | Integrals are made in every cycle and not stored.
NODIRECT | Integrals are stored.
NOMONDIR | One-electron integrals are stored.
MPP | Matrices are distributed over processes (MPPcrystal).
CMPLXFAC | Cost of a complex k-point against a real one (MPPcrystal). | 2.0
REPLDATA | Matrices are on every process (MPPcrystal).
STDIAG | The standard diagonalisation (MPPcrystal).
NOSYMADA | No symmetry-adapted functions.
KSYMMPRT | Prints the symmetry of k-points.
SAVEWF | Writes the wave function after every other cycle.
NOSAVEWF | Does not write the wave function before the end.
NOFMWF | Does not write fort.98.
MEMOPRT | Prints the use of memory.
LOWMEM | Uses little memory. | | on | NOLOWMEM
NOLOWMEM | Keeps more in memory, which is faster. | | | LOWMEM
TOLPSEUD | Threshold of core potentials, 10^-i. | 6
NOSHIFT | Switches the level shifter off.
MP2 | Second-order perturbation theory behind the SCF.
SPINORBIT | Spin-orbit coupling; its own block, closed by END.
TESTPDIM | Stops when the size of the density matrix is known: a cheap check.
TESTRUN | Stops when the integrals have been counted.
PRINTOUT | What is printed; its own block, closed by END.
SETPRINT | Printing options: how many, then option and value. | 1/3 1
[dft]
SPIN | Spin-polarised; also for open shells and ATOMSPIN.
EXCHANGE | The exchange functional stands on the next line. | PBE
CORRELAT | The correlation functional stands on the next line. | PBE
HYBRID | Exact exchange, per cent. | 20
NONLOCAL | Weights of the non-local parts of exchange and correlation. | 0.9 0.81
SR-OMEGA | Range separation: ω of the short range, 1/bohr. | 0.11
LR-OMEGA | Range separation: ω of the long range, 1/bohr. | 0.4
OLDGRID | A small grid, the default of CRYSTAL09.
LGRID | A large grid: 75 radial, 434 angular points.
XLGRID | A very large grid: 75 radial, 974 angular points. | | on since CRYSTAL14
XXLGRID | A still larger grid: 99 radial, 1454 angular points.
XXXLGRID | A grid for tests of convergence.
HUGEGRID | A grid for meta-GGAs such as SCAN.
RADIAL | The radial grid: number of intervals, their ends and points. | 1/4.0/75
ANGULAR | The angular grid: number of intervals, their ends and accuracies. \
| 1/9999.0/13
TOLLDENS | Densities below 10^-i are left out. | 6 | 6
TOLLGRID | Weights below 10^-i are left out. | 14 | 14
SVWN | Local density: Slater exchange with VWN correlation.
PBE | The GGA of Perdew, Burke and Ernzerhof.
PBEXC | PBE exchange and correlation.
PBESOLXC | PBEsol exchange and correlation, for solids.
BLYP | Becke exchange with Lee-Yang-Parr correlation.
B3LYP | The hybrid B3LYP, 20 per cent of exact exchange.
B3PW | The hybrid B3PW, 20 per cent of exact exchange.
PBE0 | The hybrid PBE0, 25 per cent of exact exchange.
PBE0-13 | PBE0 with a third of exact exchange.
PBESOL0 | The hybrid of PBEsol with 25 per cent of exact exchange.
PW1PW | A hybrid of PW91 with 20 per cent of exact exchange.
B1WC | A hybrid of the Wu-Cohen GGA with 16 per cent of exact exchange.
WC1LYP | A hybrid of Wu-Cohen exchange and LYP correlation.
HSE06 | The range-separated hybrid HSE06.
HSESOL | The range-separated hybrid of PBEsol.
HISS | A hybrid with exact exchange at middle range.
CAM-B3LYP | B3LYP with exact exchange that grows with the distance.
LC-WPBE | PBE with exact exchange at long range.
WB97X | A range-separated hybrid of the B97 family.
M06 | A hybrid meta-GGA of Minnesota, 27 per cent of exact exchange.
M062X | A hybrid meta-GGA of Minnesota, 54 per cent of exact exchange.
M06L | A meta-GGA of Minnesota without exact exchange.
SCAN | The meta-GGA SCAN; HUGEGRID goes with it.
R2SCAN | The regularised meta-GGA r²SCAN.
SCAN0 | The hybrid of SCAN with 25 per cent of exact exchange.
R2SCAN0 | The hybrid of r²SCAN with 25 per cent of exact exchange.
PBEH3C | PBEh-3c: a hybrid with its own corrections; basis def2-mSVP.
HSE3C | HSE-3c: screened exchange with its own corrections; basis def2-mSVP.
B973C | B97-3c: a GGA with its own corrections; basis mTZVP.
PBESOL03C | PBEsol0-3c for solids; basis sol-def2-mSVP.
HSESOL3C | HSEsol-3c for solids; basis sol-def2-mSVP.
[dftd3]
VERSION | 2: D2, 3: D3 with zero damping, 4: D3(BJ), 5 and 6: modified. | 4 | 4
FUNC | The functional whose parameters are taken. | PBE
ABC | Adds the three-body term.
S6 | Scales the term r^-6. | 1.0
S8 | Scales the term r^-8. | 0.7875
A1 | First parameter of the damping by Becke and Johnson. | 0.4289
A2 | Second parameter of that damping, bohr. | 4.4407
RADIUS | Cutoff of the pairs.
CNRADIUS | Cutoff of the coordination numbers, Å. | 40.0
ABCRADIUS | Cutoff of the three-body term, Å. | 40.0
PRINTC6 | Prints the coefficients C6.
[gcp]
METHOD | The method and basis whose parameters are taken. | PBE/POB-TZVP
SIGMA | A parameter of the correction. | 1.0
[properties]
NEWK | Levels on a new k-point mesh: IS ISP, then whether the Fermi level is \
computed, and printing. | 12 12/1 0
BAND | Bands along lines: a title, then NLINE ISS NSUB first last plot print, then \
the ends in units of 1/ISS. | Bands/1 8 50 1 20 1 0/0 0 0 4 0 0
DOSS | Densities of states: projections, points, first and last band, plot, \
polynomials, print. | 0 200 1 20 1 14 0
COOP | Overlap populations: pairs, points, first and last band, plot, polynomials, \
print.
COHP | Hamilton populations, as COOP.
ECHG | The charge density in a plane; its grid stands behind it.
POTM | The electrostatic potential in a plane; its grid stands behind it.
ECH3 | The charge density on a grid in space; points along the first axis. | 100
POT3 | The electrostatic potential on a grid in space.
PPAN | Mulliken populations.
HIRSHCHG | Charges by Hirshfeld.
PATO | The density of atoms in place of that of the SCF. | 0 0
PBAN | The density of chosen bands: how many, then their numbers. | 1/10
PDIDE | The density of an interval of energies, hartree. | -0.5 0.0
RDFMWF | Reads the wave function of fort.98, not of fort.9.
PGEOMW | Writes the geometry.
ANBD | Composition of the bands.
BWIDTH | Widths of bands. | 1 20
CLAS | The classical potential.
POLI | Multipoles of atoms: highest order. | 4 0 0
POTC | The potential at atoms or points.
PROF | Structure factors and profiles.
XFAC | X-ray structure factors.
EMDLDM | Momentum density along lines.
KINETEMD | Kinetic energy and momentum density.
ANISOTRO | The anisotropy of hyperfine coupling.
ISOTROPIC | The isotropic part of hyperfine coupling.
BOLTZTRA | Transport by Boltzmann's equation; its own block, NEWK before it.
TOPO | Topology of the density (TOPOND); its own block.
LOCALWF | Wannier functions; its own block.
EDFT | The energy by a functional; its own block.
[grid2d]
COORDINA | Three points of the plane, a row each. | 0 0 0/1 0 0/0 1 0
ATOMS | Three atoms of the plane: label and cell of each. | 1 0 0 0/2 0 0 0/3 0 0 0
MARGINS | Margins around the window. | 1.0 1.0 1.0 1.0
RECTANGU | Makes the window rectangular.
[boltztra]
TRANGE | Temperatures: first, last, step, K. | 300 600 50
MURANGE | Chemical potentials: first, last, step, eV. | -5 5 0.01
TDFRANGE | Energies of the transport distribution: first, last, step, eV. | -10 10 0.01
RELAXTIM | Relaxation time, fs. | 10
"""
