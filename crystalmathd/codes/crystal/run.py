"""One run of CRYSTAL as its lines tell it: everything that a Result is made of."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from crystalmathd.codes.crystal import coordinates, levels, populations
from crystalmathd.codes.crystal.calculation import Calculation, read_calculation
from crystalmathd.codes.crystal.cycles import Energy, Loop, displaced_from
from crystalmathd.codes.crystal.energy_parts import read_parts
from crystalmathd.codes.crystal.history import History, Located, read_history
from crystalmathd.codes.crystal.levels import Levels
from crystalmathd.codes.crystal.marked import MarkedLines
from crystalmathd.codes.crystal.populations import Populations
from crystalmathd.codes.crystal.printed import wavefunction_energy_ha
from crystalmathd.models.progress import Measure
from crystalmathd.models.results import IonicStep
from crystalmathd.models.structures import Structure

_KINDS: Final = (
    (" ELAELAELA", "elastic"),
    (" EOSEOSEOS", "equation_of_state"),
    (" FRQFRQFRQ", "frequencies"),
    ("     * *        COUPLED-PERTURBED", "response"),
    ("     * *       COUPLED-PERTURBED", "response"),
    (" TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT BAND ", "bands"),
    (" TTTTTTTTTTTTTTTTTTTTTTTTTTTTTT DOSS ", "dos"),
    (" CRYSTAL - PROPERTIES", "properties"),
)
"""Lines that tell what is computed beside an SCF; the first kind that is there."""


@dataclass(frozen=True)
class Run:
    """The lines of a run, with those of its SCFOUT.LOG where there are any."""

    marked: MarkedLines
    log: MarkedLines | None = None

    @cached_property
    def calculation(self) -> Calculation:
        return read_calculation(self.marked)

    @cached_property
    def history(self) -> History:
        return read_history(self.marked, self.log)

    @cached_property
    def initial(self) -> Structure | None:
        return coordinates.read_initial(self.marked)

    @cached_property
    def steps(self) -> tuple[IonicStep, ...]:
        return self.history.steps(self.initial)

    @cached_property
    def structure(self) -> Structure | None:
        """The last geometry that is known."""
        stop = displaced_from(self.marked)
        final = coordinates.read_final(self.marked, stop)
        if final is not None:
            return final
        known = [step.structure for step in self.steps if step.structure is not None]
        return known[-1] if known else self.initial

    @cached_property
    def kind(self) -> str | None:
        for mark, kind in _KINDS:
            if self.marked.first(mark) is not None:
                return kind
        if self.history.points or self.history.end is not None:
            return "optimisation"
        if self.history.last is not None:
            return "scf"
        return "geometry" if self.initial is not None else None

    @cached_property
    def energy(self) -> Energy | None:
        return self.history.energy()

    @cached_property
    def wavefunction_energy(self) -> Energy | None:
        """The energy that `properties` says the wavefunction has."""
        for line in self.marked.starting(" TOTAL ENERGY "):
            energy_ha = wavefunction_energy_ha(self.marked.lines[line])
            if energy_ha is not None:
                return Energy(energy_ha=energy_ha, line=line)
        return None

    @cached_property
    def parts(self) -> dict[str, float]:
        """Energies in eV that were printed with the SCF of the result's geometry."""
        final = self.history.final
        return {} if final is None else read_parts(final.marked, final.loop)

    @cached_property
    def levels(self) -> Levels:
        """Gaps and Fermi energy of the result's geometry."""
        scf = self._final_levels(self.history.final)
        end = self.history.end
        if end is not None:
            return levels.merged(levels.read_final_levels(self.marked, end.line), scf)
        if self.history.last is None:
            return self._levels_of_properties()
        return scf

    @cached_property
    def populations(self) -> Populations:
        """Charges and spins: of the analysis in the end, else of the last cycle."""
        points = self.history.points
        final = self.history.final
        start = points[-1].start if points else 0
        analysis = populations.read_analysis(self.marked, start)
        if analysis.charges is not None or final is None:
            return analysis
        return populations.read_cycle(final.marked, final.loop.start, final.loop.closed)

    @cached_property
    def criteria(self) -> tuple[Measure, ...]:
        """The test of the last SCF, as far as it is shown, and those of the last point.

        Of the later points' SCFs the main output may hold the energies only: then the
        test of an earlier one is not told in their place.
        """
        last = self.history.last
        tolerance_ha = self.calculation.energy_tolerance_ha
        tests: tuple[Measure, ...] = ()
        if last is not None and tolerance_ha is not None and self.history.shows_last:
            tests = _scf_tests(last.loop, tolerance_ha)
        points = self.history.points
        return tests + (points[-1].measures if points else ())

    def _final_levels(self, final: Located | None) -> Levels:
        if final is None:
            return Levels()
        return levels.read_levels(final.marked, final.loop.start, final.loop.stop)

    def _levels_of_properties(self) -> Levels:
        """Take the state of NEWK, or the Fermi energy of the wavefunction's head."""
        newk = levels.read_levels(self.marked, 0, len(self.marked.lines))
        if newk.gaps:
            return newk
        return newk if newk.is_spin_locked else levels.read_header(self.marked)


def _scf_tests(loop: Loop, tolerance_ha: float) -> tuple[Measure, ...]:
    """Hold the last change of energy against the tolerance.

    CRYSTAL was seen to accept twice the tolerance, and an SCF that was cut may have
    been below it: where the number and CRYSTAL's word differ, it tests nothing.
    """
    change_ha = next(iter(loop.deltas_ha[-1:]), None)
    if change_ha is None or (abs(change_ha) <= tolerance_ha) != loop.is_converged:
        return ()
    test = Measure(
        name="scf_energy_change",
        value=abs(change_ha),
        threshold=tolerance_ha,
        unit="hartree",
        is_met=loop.is_converged,
    )
    return (test,)
