"""The handlers of the methods about results."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import anyio.to_thread
import msgspec

from crystalmath_protocol import results as messages
from crystalmathd.models.structures import Structure
from crystalmathd.rpc.dispatch import Context, Handler
from crystalmathd.services.blobs import Blobs
from crystalmathd.services.parsing import Parsing
from crystalmathd.services.reading import MainOutput

MOST_IN_A_REPLY_BYTES: Final = 1 << 20


class ResultHandlers:
    def __init__(self, parsing: Parsing, blobs: Blobs) -> None:
        self._parsing = parsing
        self._blobs = blobs

    async def parse_output(
        self, _context: Context, params: messages.ParseOutputParams
    ) -> messages.ParseOutputResult:
        main, reading = await self._parsing.parse_path(params.path, params.code)
        text, blob = reading.light, None
        if params.series and len(reading.whole) > MOST_IN_A_REPLY_BYTES:
            keep = partial(self._blobs.write, reading.whole)
            blob = await anyio.to_thread.run_sync(keep)
        elif params.series:
            text = reading.whole
        return parsed(main, text, blob)

    def table(self) -> Mapping[str, Handler]:
        return {name: getattr(self, name) for name in HANDLERS}


def parsed(
    main: MainOutput, text: bytes, blob: str | None
) -> messages.ParseOutputResult:
    """Return what an output says, with what most ask for in front."""
    result = msgspec.json.decode(text, type=messages.CalculationResult)
    return messages.ParseOutputResult(
        path=main.path,
        code=result.code,
        program=result.program,
        code_version=result.code_version,
        energy_ev=result.energy_ev,
        headline_energy_kind=result.headline_energy_kind,
        scf_converged=result.is_scf_converged,
        scf_cycles=result.n_scf_cycles,
        geometry_converged=result.is_geometry_converged,
        geometry_steps=result.n_geometry_steps,
        normal_termination=result.is_normal_end,
        n_atoms=result.n_atoms,
        formula=result.formula,
        cell_a_b_c_alpha_beta_gamma=_cell(result),
        wall_time_s=result.wall_time_s,
        cpu_time_s=result.cpu_time_s,
        first_error=result.cause,
        grade=result.grade,
        result=result,
        series_blob=blob,
    )


def _cell(result: messages.CalculationResult) -> messages.Cell | None:
    structure = result.final_structure or result.initial_structure
    if structure is None:
        return None
    return msgspec.convert(structure, Structure, from_attributes=True).cell


HANDLERS: Final = ("parse_output",)
