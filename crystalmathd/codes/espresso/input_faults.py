"""Inputs that Quantum ESPRESSO refuses, and files that it does not find."""

from typing import Final

from crystalmathd.codes.espresso.fault_rows import (
    AIIDA,
    SOURCE,
    numerical,
    physics,
    same,
    stop,
)
from crystalmathd.models.faults import RemoveValue, SetValue, Standing

SMEARING: Final = physics(
    "Occupy the bands with cold smearing of 0.02 Ry; converge the k-points with it.",
    SetValue(key="SYSTEM.occupations", value="smearing"),
    SetValue(key="SYSTEM.smearing", value="mv"),
    SetValue(key="SYSTEM.degauss", value="0.02"),
)

NAMELIST_FAULTS: Final = (
    stop(
        "namelist",
        "bad line in namelist",
        "A namelist holds something that the program does not know.",
        "A name is misspelt, stands in the wrong namelist, or its value is of another"
        " kind (a text without quotes, a letter in a number). The line that is quoted"
        " is where reading ended; the mistake may be in the one before it.",
        same("Correct the quoted line, or the one before it."),
        pattern=r'bad line in namelist &(?P<namelist>\w+): "(?P<text>[^"]*)"',
    ),
    stop(
        "namelist_missing",
        ("reading namelist", "could not find namelist"),
        "A namelist could not be read.",
        "It is not there, it is not closed by a line /, or something in it is unknown.",
        same("See that each namelist that the calculation needs is there and closed."),
        source=SOURCE,
        standing=Standing.QUOTED,
        pattern=r"(?:reading|could not find) namelist &?(?P<namelist>\w+)",
    ),
    stop(
        "calculation_unknown",
        '" not allowed',
        "The calculation that was asked for is none that pw.x knows.",
        "There are scf, nscf, bands, relax, vc-relax, md and vc-md.",
        same("Set calculation to one of them."),
        pattern=r'calculation "(?P<value>[^"]*)" not allowed',
    ),
    stop(
        "occupations_unknown",
        " not implemented",
        "The kind of occupations is none that pw.x knows.",
        "There are fixed, smearing, tetrahedra, tetrahedra_lin, tetrahedra_opt and"
        " from_input.",
        SMEARING,
        physics(
            "Without occupations the bands are filled as in an insulator.",
            RemoveValue(key="SYSTEM.occupations"),
        ),
        pattern=r"occupations (?P<value>\S+) not implemented",
    ),
    stop(
        "degauss_missing",
        "smearing requires a va",
        "Smearing was asked for without a width.",
        "degauss has no default that makes sense.",
        physics(
            "Take a width of 0.02 Ry.", SetValue(key="SYSTEM.degauss", value="0.02")
        ),
    ),
    stop(
        "mixing_unknown",
        "unknown mixing",
        "The way of mixing densities is none that pw.x knows.",
        "There are plain, TF and local-TF.",
        same(
            "Mix plainly, as is the default.", RemoveValue(key="ELECTRONS.mixing_mode")
        ),
        pattern=r"unknown mixing (?P<value>\S+)",
    ),
    stop(
        "diagonalization_unknown",
        " not implemented",
        "The way of diagonalisation is none that this pw.x knows.",
        "There are david and cg in all versions.",
        numerical(
            "Diagonalise by Davidson's method, as is the default.",
            RemoveValue(key="ELECTRONS.diagonalization"),
        ),
        pattern=r"diagonalization (?P<value>\S+) not implemented",
    ),
    stop(
        "functional_unknown",
        "unrecognized dft",
        "The functional in input_dft is none that this version knows.",
        "Without input_dft the functional of the pseudopotentials is taken.",
        physics(
            "Take the functional of the pseudopotentials.",
            RemoveValue(key="SYSTEM.input_dft"),
        ),
        pattern=r"(?P<value>\S+): unrecognized dft",
    ),
    stop(
        "dispersion_unknown",
        "unknown vdw correction",
        "The dispersion correction is none that pw.x knows: the run went on without.",
        "The energy has no dispersion although it was asked for.",
        physics("Set vdw_corr to grimme-d2, grimme-d3, ts-vdw, mbd_vdw or xdm."),
    ),
    stop(
        "cutoff_missing",
        "ecutwfc not set",
        "There is no cutoff for the plane waves.",
        "ecutwfc has no default; what a pseudopotential needs stands in its file.",
        numerical("Set ecutwfc to what the hardest of the pseudopotentials needs."),
    ),
    stop(
        "lsda_fixed",
        "fixed occupations and lsda need tot_magnetization",
        "A spin-polarised insulator needs its total moment.",
        "With fixed occupations pw.x must be told how many electrons are up and down.",
        physics(
            "Take equally many electrons up and down.",
            SetValue(key="SYSTEM.tot_magnetization", value="0"),
        ),
        SMEARING,
    ),
    stop(
        "starting_magnetization",
        "some starting_magnetization MUST be set",
        "A spin-polarised run begins without any moment.",
        "Without a moment to begin with the spins stay alike.",
        physics(
            "Begin with half of the electrons of the first species polarised.",
            SetValue(key="SYSTEM.starting_magnetization(1)", value="0.5"),
        ),
    ),
    stop(
        "hubbard_element",
        "pseudopotential not yet inserted",
        "Hubbard U was asked for an element whose shell this version does not know.",
        "pw.x before 7.1 has a table of the shells that U can act on.",
        physics(
            "Leave the correction out.",
            RemoveValue(key="SYSTEM.lda_plus_u"),
            RemoveValue(key="SYSTEM.Hubbard_U(1)"),
        ),
    ),
)

CARD_FAULTS: Final = (
    stop(
        "positions_columns",
        "wrong number of columns in ATOMIC_POSITIONS",
        "A row of ATOMIC_POSITIONS has not the columns it should have.",
        "There are fewer rows than nat says, so that the next card was read as an atom;"
        " or a coordinate is missing.",
        physics("See that nat is the number of rows, each a label and three numbers."),
    ),
    stop(
        "positions_left",
        "ignored",
        "Atoms of ATOMIC_POSITIONS were left out: nat is too small.",
        "pw.x reads nat rows and passes over the others with a warning; what was"
        " computed is not the structure of the input.",
        physics("Set nat to the number of rows."),
        pattern=r"Warning: card (?P<row>[A-Z]\S* +-?[\d.]+(?: +-?[\d.]+){2}.*) ignored",
    ),
    stop(
        "species_rows",
        "cannot read atomic specie from",
        "ATOMIC_SPECIES has fewer rows than ntyp says.",
        "The next card was read as a species.",
        physics("Set ntyp to the number of species, or add the missing one."),
    ),
    stop(
        "species_unknown",
        " in ATOMIC_POSITIONS is nonexistent",
        "An atom has a label that ATOMIC_SPECIES does not have.",
        "Labels must be the same letter by letter.",
        physics("Add the species with its pseudopotential, or correct the label."),
        pattern=r"species (?P<label>\S+) in ATOMIC_POSITIONS is nonexistent",
    ),
    stop(
        "species_card_missing",
        "ATOMIC_SPECIES must be present before",
        "There is no card ATOMIC_SPECIES before the atoms.",
        "pw.x must know the species before it reads atoms.",
        physics("Add the card above ATOMIC_POSITIONS."),
    ),
    stop(
        "k_points_short",
        "end of file while reading",
        "K_POINTS has fewer numbers than it should have.",
        "An automatic mesh is three counts and three shifts; a list begins with its"
        " length.",
        numerical("Complete the card: `4 4 4 0 0 0` behind K_POINTS automatic."),
        pattern=r"end of file while reading (?P<kind>\w+) k points",
    ),
    stop(
        "k_points_mesh",
        "invalid values for nk1",
        "The k-point mesh has a count below one.",
        "Counts are at least 1, shifts are 0 or 1.",
        numerical("Set the mesh.", SetValue(key="K_POINTS", value="2 2 2 0 0 0")),
    ),
    stop(
        "k_points_offset",
        "invalid offsets: must be 0 or 1",
        "The k-point mesh has a shift that is neither 0 nor 1.",
        "A shift is half a step or none.",
        numerical("Set the mesh with shifts 0 or 1."),
        source=SOURCE,
        standing=Standing.QUOTED,
    ),
    stop(
        "cell_missing",
        ("must read cell parameters", "invalid lattice parameters"),
        "The cell is not given.",
        "ibrav=0 needs the card CELL_PARAMETERS, any other ibrav celldm(1) or A and"
        " what else its lattice has.",
        physics("Add what is missing."),
    ),
    stop(
        "lattice_unknown",
        "nonexistent bravais lattice",
        "The number in ibrav stands for no lattice.",
        "There are 0 to 14, -3, -5, -9, 91, -12 and -13.",
        physics("Set ibrav, or 0 with CELL_PARAMETERS."),
    ),
    stop(
        "atoms_overlap",
        "overlap!",
        "Two atoms are at the same place.",
        "They coincide, or one is the image of the other in the next cell: coordinates"
        " in other units than the card says, or an atom that is given twice.",
        physics("Correct the coordinates, or the unit in ATOMIC_POSITIONS."),
        pattern=r"atoms # *(?P<first>\d+) and # *(?P<second>\d+) (?:differ|overlap)",
    ),
)

FILE_FAULTS: Final = (
    stop(
        "pseudopotential",
        "Error in routine readpp",
        "A pseudopotential is not where pw.x looks for it, or cannot be read.",
        "It looks in pseudo_dir, else in ESPRESSO_PSEUDO.",
        same("Send the file with the job, or correct the name in ATOMIC_SPECIES."),
        pattern=(
            r"Error in routine +readpp.*\n\s*"
            r"(?:file (?:\S*/)?(?P<file>\S+) not found|(?P<said>.*))"
        ),
        n_lines=2,
    ),
    stop(
        "functionals_mixed",
        ("conflicting values for i", "conflicting values for Exc"),
        "The pseudopotentials were made with different functionals.",
        "A result with mixed functionals has no meaning.",
        physics("Take pseudopotentials of one functional for all species."),
    ),
    stop(
        "data_missing",
        "fatal error reading xml file",
        "What an earlier pw.x should have left was not found.",
        "nscf, bands, ph.x and the programs behind them read <outdir>/<prefix>.save:"
        " outdir or prefix differ, or the SCF has not run.",
        same("Run the SCF first in the same outdir and with the same prefix."),
    ),
    stop(
        "data_missing_old",
        ("error opening xml data file", "Error in routine read_file_new"),
        "What an earlier pw.x should have left was not found.",
        "outdir or prefix differ, or the SCF has not run.",
        same("Run the SCF first in the same outdir and with the same prefix."),
        source=SOURCE,
        standing=Standing.QUOTED,
    ),
    stop(
        "density_missing",
        "Cannot read rho : file not found",
        "The bands were computed from superposed atoms: there was no charge density.",
        "pw.x takes atomic densities instead and says so in one line; the bands are not"
        " those of the self-consistent density.",
        same("Run the SCF first, and take its charge density with the XML file."),
        pattern=r"Cannot read rho : file not found(?:.*\n){2,7}? +Band Structure",
        n_lines=9,
    ),
    stop(
        "density_unreadable",
        ("Error in routine read_rhog", "error reading file"),
        "The charge density of an earlier run cannot be read.",
        "The file is cut off, of another version, or of a run with another cutoff.",
        same(
            "Begin the SCF from atomic densities.",
            RemoveValue(key="ELECTRONS.startingpot"),
        ),
        pattern=r"error reading file (?P<path>\S*charge-density\S*)",
        n_lines=2,
    ),
    stop(
        "data_unreadable",
        "PARSE_ERR",
        "The XML file of an earlier run is damaged.",
        "The run that wrote it was ended while it did.",
        same("Run the SCF again from scratch in an empty outdir."),
    ),
    stop(
        "outdir",
        ("cannot be created or accessed", "mkdir fail"),
        "The program cannot make its directory.",
        "outdir is not writable, or a directory above it is not there; ph.x looks in"
        " the outdir of a pw.x that has not run.",
        same("Write beside the input.", SetValue(key="CONTROL.outdir", value="./out")),
        pattern=r"directory (?P<path>\S+) cannot be created or accessed",
    ),
    stop(
        "file_write",
        ("Error in routine davcio", "Error in routine diropn"),
        "A file of wavefunctions could not be read or written.",
        "The disk is full or slow, or files in outdir are left of another run.",
        same("See that outdir has room and is empty, and begin from scratch."),
        same(
            "Keep the wavefunctions in memory instead of on disk.",
            SetValue(key="CONTROL.disk_io", value="low"),
        ),
        source=SOURCE,
        standing=Standing.QUOTED,
    ),
    stop(
        "q_missing",
        "reading xq",
        "The q-point is missing behind the namelist of ph.x.",
        "Without ldisp the last line of the input is three numbers.",
        same("Add the line, `0 0 0` for Γ."),
    ),
    stop(
        "field_in_metal",
        "no elec. field with metals",
        "The dielectric tensor of a metal was asked for.",
        "With smearing or tetrahedra ph.x takes the system for a metal, where the"
        " response to a field is not defined.",
        physics(
            "Compute the phonons without it.",
            SetValue(key="INPUTPH.epsil", value=".false."),
        ),
    ),
    stop(
        "processes_without_k_points",
        "some nodes have no k-points",
        "There are more pools than k-points.",
        "Versions before 6.3 stop of it; later ones leave ranks idle.",
        same("Run with fewer pools (-nk), or fewer ranks."),
        source=AIIDA,
        standing=Standing.QUOTED,
        pattern=r"^ +some nodes have no k-points",
    ),
)
