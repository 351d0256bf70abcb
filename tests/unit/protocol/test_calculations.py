"""The messages about results say all that the daemon's own results say."""

import dataclasses
from typing import Any

import msgspec
import pytest

from crystalmath_protocol import calculations
from crystalmathd.models import progress, quantities, structures
from crystalmathd.models import results as models

PAIRS: list[tuple[type, type]] = [
    (models.Result, calculations.CalculationResult),
    (models.Source, calculations.Source),
    (models.ScfLoop, calculations.ScfLoop),
    (models.IonicStep, calculations.IonicStep),
    (structures.Structure, calculations.Structure),
    (progress.Measure, calculations.Measure),
    *[
        (getattr(quantities, name), getattr(calculations, name))
        for name in vars(quantities)
        if dataclasses.is_dataclass(getattr(quantities, name))
    ],
]


@pytest.mark.parametrize(("model", "message"), PAIRS)
def test_a_message_has_the_fields_of_its_model(
    model: type[Any], message: type[Any]
) -> None:
    assert model.__name__ in {message.__name__, "Result"}
    fields = [field.name for field in dataclasses.fields(model)]
    assert list(message.__struct_fields__) == fields


@pytest.mark.parametrize(("model", "message"), PAIRS)
def test_a_message_may_leave_out_what_its_model_may(
    model: type[Any], message: type[Any]
) -> None:
    """But for the version and the energies, which every result has."""
    needed = {
        field.name
        for field in dataclasses.fields(model)
        if field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    }
    told = {field.name for field in msgspec.structs.fields(message) if field.required}
    always = {"version", "energies_ev"} if model is models.Result else set()
    assert told - always == needed


def test_a_result_with_everything_travels_as_a_message() -> None:
    vector = (1.0, 2.0, 3.0)
    structure = structures.Structure(
        dimension=3,
        lattice_a=(vector, (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
        atomic_numbers=(12,),
        positions_a=(vector,),
    )
    result = models.Result(
        code="crystal",
        program="crystal",
        final_structure=structure,
        grade=models.Grade.CONVERGED,
        vibrations=quantities.Vibrations(
            points=(
                quantities.Phonons(
                    q=(0.0, 0.0, 0.0),
                    modes=(quantities.Mode(frequency_cm=-12.5, irrep="F1u"),),
                ),
            )
        ),
        bands=quantities.Bands(energies_ev=(((1.0, 2.0),),)),
    )
    message = msgspec.json.decode(
        msgspec.json.encode(result), type=calculations.CalculationResult
    )
    assert msgspec.to_builtins(message) == msgspec.to_builtins(result)
