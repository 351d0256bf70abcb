"""Which files Quantum ESPRESSO's programs read and leave in the scratch directory."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from crystalmathd.codes.base import Staging, StepRequest
from crystalmathd.codes.espresso.inputs import EspressoInput
from crystalmathd.codes.espresso.programs import outdir, output_stem, parsed, prefix
from crystalmathd.models.plans import StagedFile

_PLOTTED: Final = {
    "bands.x": (("filband", "bands.out", "plot"),),
    "dos.x": (("fildos", "{prefix}.dos", "plot"),),
    "pp.x": (("filplot", "tmp.pp", "plot"), ("fileout", None, "plot")),
    "q2r.x": (("flfrc", None, "force_constants"),),
    "matdyn.x": (
        ("flfrq", "matdyn.freq", "plot"),
        ("flvec", "matdyn.modes", "plot"),
        ("fldos", "matdyn.dos", "plot"),
    ),
    "dynmat.x": (("filout", "dynmat.out", "plot"),),
}
"""Program → (key that names a file, its default, role)."""

_FAMILIES: Final = {
    "bands.x": (("filband", "bands.out", ".*"),),
    "ph.x": (("fildyn", "matdyn", "*"),),
    "projwfc.x": (("filpdos", "{prefix}", ".pdos_*"), ("filproj", None, "*")),
}
"""Program → (key that begins the names of several files, its default, the rest)."""

_SAVED: Final = (
    ("data-file-schema.xml", "results"),
    ("charge-density.dat", "charge_density"),
    ("charge-density.hdf5", "charge_density"),
    ("spin-polarization.dat", "charge_density"),
)
"""Files of `<outdir>/<prefix>.save/` that are small and of use. Wavefunctions stay."""


def staging(steps: Sequence[StepRequest], auxiliary: Sequence[str]) -> Staging:
    """Map a job's files.

    A pseudopotential goes where `pseudo_dir` points to in scratch; without
    `pseudo_dir` it goes into scratch itself, where pw.x is told to look unless
    ESPRESSO_PSEUDO is set. An absolute `pseudo_dir` is left alone.
    """
    inputs = [(step, parsed(step)) for step in steps]
    pseudo, missing, warnings = _pseudopotentials(inputs, auxiliary)
    own = [step.input.name for step in steps]
    restart = _saved_before(inputs, auxiliary)
    placed = {staged.name for staged in (*pseudo, *restart)}
    others = [n for n in auxiliary if n not in placed and n not in own]
    taken = {
        f"{output_stem(name)}{suffix}" for name in own for suffix in (".out", ".err")
    }
    leaving = {s.scratch_name: s for s in _leaving(inputs, taken)}
    return Staging(
        stage_in=(
            *(_same(name, "input") for name in own),
            *pseudo,
            *restart,
            *(_same(name, "auxiliary") for name in others),
        ),
        stage_out=tuple(leaving.values()),
        warnings=warnings,
        missing=missing,
    )


def _saved_before(
    inputs: Sequence[tuple[StepRequest, EspressoInput]], auxiliary: Sequence[str]
) -> tuple[StagedFile, ...]:
    """Put what another job has saved where the first program looks for its own."""
    read = inputs[0][1]
    directory = _inside(outdir(read))
    if directory is None:
        return ()
    save = PurePosixPath(directory, f"{prefix(read)}.save")
    return tuple(
        StagedFile(name=name, scratch_name=str(save / saved), role=role)
        for saved, role in _SAVED
        for name in auxiliary
        if name.endswith(f".save.{saved}")
    )


def _pseudopotentials(
    inputs: Sequence[tuple[StepRequest, EspressoInput]], auxiliary: Sequence[str]
) -> tuple[tuple[StagedFile, ...], tuple[str, ...], tuple[str, ...]]:
    """Return what is staged, what is missing, and what the user should know."""
    staged: dict[str, StagedFile] = {}
    missing: dict[str, None] = {}
    warnings: dict[str, None] = {}
    for step, read in inputs:
        directory = read.value("pseudo_dir")
        needed = [name for name in read.pseudopotentials if name]
        given = [name for name in needed if name in auxiliary]
        if directory and PurePosixPath(directory).is_absolute():
            continue
        if directory is None and not given:
            # Then ESPRESSO_PSEUDO must say where they are; `launch` looks.
            continue
        for name in needed:
            if name not in given:
                missing[f"{step.input.name}: {name} did not come with the job."] = None
                continue
            scratch_name = str(PurePosixPath(directory or ".", name))
            staged[scratch_name] = StagedFile(
                name=name,
                scratch_name=scratch_name,
                role="pseudopotential",
                is_required=True,
            )
        if directory is None:
            warnings[
                f"{step.input.name} has no pseudo_dir: the pseudopotentials that came"
                " with the job are used only if ESPRESSO_PSEUDO is not set."
            ] = None
    return tuple(staged.values()), tuple(missing), tuple(warnings)


def _leaving(
    inputs: Sequence[tuple[StepRequest, EspressoInput]], taken: set[str]
) -> Iterator[StagedFile]:
    yield StagedFile(name="CRASH", scratch_name="CRASH", role="error")
    for step, read in inputs:
        yield from _data(read)
        yield from _restart(read)
        values = {"prefix": prefix(read)}
        for key, default, role in _PLOTTED.get(step.program, ()):
            path = _inside(read.value(key) or (default or "").format(**values))
            if path is not None:
                name = PurePosixPath(path).name
                # `filband = 'si.bands.out'` is the name of the step's own output.
                free = f"{name}.data" if name in taken else name
                yield StagedFile(name=free, scratch_name=path, role=role)
        for key, default, rest in _FAMILIES.get(step.program, ()):
            path = _inside(read.value(key) or (default or "").format(**values))
            if path is not None:
                pattern = f"{path}{rest}"
                name = PurePosixPath(pattern).name
                yield StagedFile(name=name, scratch_name=pattern, role="plot")


def _restart(read: EspressoInput) -> Iterator[StagedFile]:
    """Yield what `restart_mode = 'restart'` needs: all that is in the outdir."""
    directory = _inside(outdir(read))
    if directory is None:
        return
    base = "" if directory == "." else f"{directory}/"
    for pattern in (f"{base}{prefix(read)}.*", f"{base}_ph0/"):
        name = PurePosixPath(pattern).name
        yield StagedFile(
            name=name, scratch_name=pattern, role="restart", is_for_restart=True
        )


def _data(read: EspressoInput) -> Iterator[StagedFile]:
    directory = _inside(outdir(read))
    if directory is None:
        return
    save = PurePosixPath(directory, f"{prefix(read)}.save")
    for name, role in _SAVED:
        yield StagedFile(
            name=f"{save.name}.{name}", scratch_name=str(save / name), role=role
        )


def _inside(path: str) -> str | None:
    """Return the path as one below scratch, or None if it is none."""
    pure = PurePosixPath(path)
    if not path.strip() or pure.is_absolute() or ".." in pure.parts:
        return None
    return str(pure)


def _same(name: str, role: str) -> StagedFile:
    return StagedFile(name=name, scratch_name=name, role=role, is_required=True)
