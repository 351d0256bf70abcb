"""Tags of INCAR for electrons, ions, output and parallel runs; see `incar_tags`."""

from typing import Final

MAIN: Final = """
ADDGRID l .FALSE. an additional, finer grid for augmentation charges
AEXX r - fraction of exact exchange
AGGAC r 1.0 weight of the gradient correction to correlation
AGGAX r - weight of the gradient correction to exchange
ALDAC r 1.0 weight of the local part of correlation
ALDAX r - weight of the local part of exchange
ALGO s Normal how orbitals are optimised, or which many-body method runs
AMIN r - smallest mixing parameter of Kerker's scheme
AMIX r - linear mixing parameter of the charge density
AMIX_MAG r - linear mixing parameter of the magnetisation density
ANDERSEN_PROB r 0 probability of a collision with the Andersen thermostat
APACO r 16 largest distance for pair correlation functions, Å
BMIX r 1.0 cutoff wave vector of Kerker's mixing
BMIX_MAG r 1.0 cutoff wave vector of Kerker's mixing for the magnetisation
CSHIFT r 0.1 complex shift for dielectric functions
DEPER r 0.3 relative threshold for the optimisation of one band
DIMER_DIST r 0.01 distance between the images of a dimer, Å
DIPOL R - centre of the cell for dipole corrections, fractional
EBREAK r - absolute threshold for eigenvalues
EDIFF r 1E-4 SCF stops when the energy changes by less, eV
EDIFFG r - relaxation stops: > 0 energy change, eV; < 0 forces, eV/Å
EFIELD r 0 electric field along IDIPOL, eV/Å
EINT R - energy window for partial charge densities, eV
EMAX r - upper end of the density of states, eV
EMIN r - lower end of the density of states, eV
ENAUG r - cutoff of augmentation charges, eV
ENCUT r - cutoff of the plane waves, eV
ENINI r - cutoff during the first steps, eV
ENMAX r - cutoff as in POTCAR, eV; an old name of ENCUT
EPSILON r 1 dielectric constant of the medium for dipole corrections
FERDO R - occupations of the spin-down bands
FERWE R - occupations of the (spin-up) bands
GGA s - exchange-correlation functional
GGA_COMPAT l .TRUE. spherical symmetry of gradient-corrected functionals
HFLMAX i 4 largest l of augmentation charges in exact exchange
HFRCUT r 0 range of the truncated Coulomb kernel in exact exchange
HFSCREEN r 0 screening parameter of range-separated exchange, 1/Å
HILLS_BIN i - steps between two hills in metadynamics
HILLS_H r 1e-3 height of a hill, eV
HILLS_W r 1e-3 width of a hill
IALGO i 38 how orbitals are optimised; ALGO is preferred
IBAND I - bands of which the charge density is written
IBRION i -1 {-1 0 1 2 3 5 6 7 8 10 11 12 40 44} 0 dynamics, 1-3 relaxation, 5-8 phonons
ICHARG i - {0 1 2 4 5 10 11 12 14} source of the charge density; above 10 it is kept
ICORELEVEL i 0 {0 1 2} energies of core levels
IDIPOL i - {0 1 2 3 4} direction of the dipole correction; 4: a molecule
IGPAR i - {1 2 3} direction of the Berry phase's strings
IMAGES i - number of images of an elastic band
IMIX i 4 {0 1 2 4} how densities are mixed
INCREM R 0 change of a constraint in each step
INIMIX i 1 {0 1 2} initial approximation of the dielectric matrix
INIWAV i 1 {0 1} how orbitals begin without WAVECAR
ISIF i - {0 1 2 3 4 5 6 7 8} what is relaxed: 2 ions, 3 ions and cell, 7 volume
ISMEAR i 1 occupation: -5 tetrahedra, -1 Fermi, 0 Gauss, above Methfessel-Paxton
ISPIN i 1 {1 2} 2: spin-polarised
ISTART i - {0 1 2 3} whether WAVECAR is read
ISYM i - {-1 0 1 2 3} how symmetry is used
IVDW i 0 dispersion correction: 11 D3, 12 D3(BJ), 20 TS, 202 MBD, 4 dDsC
IWAVPR i - {0 1 2 3 10 11 12 13} extrapolation to the next geometry
KBLOCK i - blocks for pair correlation functions and DOSCAR
KGAMMA l .TRUE. whether a mesh by KSPACING holds Γ
KPAR i 1 groups of k-points that work at once
KSPACING r 0.5 distance of k-points without KPOINTS, 1/Å with 2π
LAECHG l .FALSE. write all-electron charge densities (AECCAR)
LAMBDA r - weight of constraints on magnetic moments
LANGEVIN_GAMMA R - friction of each species, 1/ps
LANGEVIN_GAMMA_L r - friction of the cell, 1/ps
LASPH l .FALSE. non-spherical terms inside the PAW spheres
LASYNC l .FALSE. overlap communication with work
LATTICE_CONSTRAINTS x - directions in which the cell may change
LBERRY l .FALSE. polarisation by Berry phases
LBLUEOUT l .FALSE. write free-energy gradients
LCALCEPS l .FALSE. dielectric properties by finite fields
LCALCPOL l .FALSE. polarisation by the modern theory
LCHARG l .TRUE. write CHGCAR and CHG
LCORR l .TRUE. Harris correction to forces
LDAU l .FALSE. add a Hubbard U
LDAUJ R - J of each species, eV
LDAUL I - angular momentum that U acts on, for each species; -1 none
LDAUPRINT i 0 {0 1 2} how much of U is printed
LDAUTYPE i 2 {1 2 3 4} form of DFT+U: 1 Liechtenstein, 2 Dudarev
LDAUU R - U of each species, eV
LDIAG l .TRUE. diagonalise in the subspace
LDIPOL l .FALSE. correct potential and forces for dipoles
LEFG l .FALSE. electric field gradients
LELF l .FALSE. write the electron localisation function
LEPSILON l .FALSE. dielectric properties by perturbation theory
LFOCKAEDFT l .FALSE. all-electron charges in exact exchange
LHFCALC l .FALSE. exact exchange
LHYPERFINE l .FALSE. hyperfine tensors
LKPROJ l .FALSE. project on k-points of the primitive cell
LMAXFOCK i 4 largest l of charge augmentation in exact exchange
LMAXFOCKAE i - largest l for all-electron charges in exact exchange
LMAXMIX i 2 largest l of the PAW densities that are mixed; 4 for d, 6 for f
LMAXPAW i - largest l of the PAW terms
LMAXTAU i 6 largest l of the kinetic energy density
LMIXTAU l .FALSE. mix the kinetic energy density too
LMONO l .FALSE. monopole correction of charged cells
LNONCOLLINEAR l .FALSE. magnetic moments of any direction
LOCPROJ x - functions on which orbitals are projected
LOPTICS l .FALSE. dielectric function from sums over bands
LORBIT i 0 {0 1 2 5 10 11 12 13 14} projections on to atoms: PROCAR, DOSCAR
LORBMOM l .FALSE. orbital moments
LPARD l .FALSE. write partial charge densities
LPLANE l .TRUE. distribute the FFT by planes
LREAL s .FALSE. projectors in real space: .FALSE. .TRUE. Auto On
LSCALAPACK l .TRUE. use ScaLAPACK
LSCALU l .FALSE. LU decomposition by ScaLAPACK
LSCAAWARE l - ScaLAPACK shares its matrices
LSEPB l .FALSE. one file for each band's charge
LSEPK l .FALSE. one file for each k-point's charge
LSORBIT l .FALSE. spin-orbit coupling
LSUBROT l .FALSE. rotate within the subspace while orbitals are optimised
LTHOMAS l .FALSE. Thomas-Fermi screening of exchange
LVHAR l .FALSE. write the ionic and Hartree potential only
LVTOT l .FALSE. write the local potential (LOCPOT)
LWAVE l .TRUE. write WAVECAR
MAGMOM R - initial magnetic moment of each atom, three numbers if non-collinear
MAXMEM i - largest memory of a rank, MB
MAXMIX i -45 steps that Broyden's mixer keeps
MDALGO i 0 {0 1 2 3 4 5 11 13 21} algorithm of molecular dynamics
METAGGA s - meta-GGA functional
MINROT r - smallest rotation of a dimer
MIXPRE i 1 {0 1 2 3} preconditioning of Broyden's mixer
NBANDS i - number of bands
NBLK i - blocking in BLAS calls
NBLOCK i 1 steps between pair correlations and DOS
NBMOD i - how bands for partial charges are chosen
NBSEEIG i - bands that are looked at in spectra
NCORE i 1 ranks that work on one band
NEDOS i 301 points of the density of states
NELECT r - number of electrons
NELM i 60 most SCF steps
NELMDL i - SCF steps before the density changes
NELMIN i 2 fewest SCF steps
NFREE i - displacements of each atom, or history of a relaxation
NGX i - points of the coarse FFT grid along a
NGXF i - points of the fine FFT grid along a
NGY i - points of the coarse FFT grid along b
NGYF i - points of the fine FFT grid along b
NGZ i - points of the coarse FFT grid along c
NGZF i - points of the fine FFT grid along c
NKRED i 1 reduction of the mesh for exact exchange
NKREDX i 1 reduction along a
NKREDY i 1 reduction along b
NKREDZ i 1 reduction along c
NLSPLINE l .FALSE. splines for projectors in reciprocal space
NPACO i 256 slots of pair correlation functions
NPAR i - bands that work at once; NCORE is preferred
NSIM i 4 bands that RMM-DIIS takes together
NSW i 0 most ionic steps
NSUBSYS I - last atom of each thermostat's subsystem
NUPDOWN r -1 difference of spin-up and spin-down electrons
NWRITE i 2 {0 1 2 3 4} how much is written
PMASS r 1000 mass of the cell, in amu
POMASS R - mass of each species, amu
POTIM r 0.5 time step, fs, or step of a relaxation
PREC s Normal {L LOW M MEDIUM H HIGH N NORMAL S SINGLE SINGLEN A ACC ACCURATE} accuracy
PRECFOCK s Normal {L LOW M MEDIUM F FAST N NORMAL A ACCURATE S SOFT} grid of exchange
PSTRESS r 0 external pressure, kB
PSUBSYS R - collision probability of each subsystem
QSPIRAL R - wave vector of a spin spiral
QUAD_EFG R - nuclear quadrupole moment of each species, mb
RANDOM_SEED I - three integers that begin the random numbers
ROPT R - accuracy of each species' real-space projectors
RWIGS R - radius of each species' sphere, Å
SAXIS R - axis of quantisation
SCSRAD r - cutoff radius of coordination
SHAKEMAXITER i 1000 most iterations of SHAKE
SHAKETOL r 1e-5 tolerance of SHAKE
SIGMA r 0.2 width of the smearing, eV
SMASS r -3 Nose mass, or how velocities are treated
SMEARINGS R - widths and kinds for several smearings
SPRING i -5 force constant of an elastic band
STEP_MAX r 0.1 longest step of a dimer
STEP_SIZE r 0.01 trial step of a dimer
SYMPREC r 1e-5 positions are equal within this, Å
SYSTEM s - a title
TEBEG r 0 temperature at the start, K
TEEND r - temperature at the end, K
TIME r 0.4 trial step of orbital optimisation
TSUBSYS R - temperature of each subsystem, K
VALUE_MAX R - largest value of constrained coordinates
VALUE_MIN R - smallest value of constrained coordinates
VOSKOWN i 0 {0 1} interpolation of correlation by Vosko, Wilk and Nusair
WC r 1000 weight of old steps in the mixer
WEIMIN r - occupations below are zero in RMM
ZVAL R - valence of each species
"""
