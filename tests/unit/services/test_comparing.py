"""One of two jobs, as it is held against the other."""

from types import SimpleNamespace
from typing import Any

from crystalmathd.models.results import Grade, Result
from crystalmathd.services.comparing import Side, _comparable
from tests.unit.store.rows import new_job


def test_a_run_that_was_broken_off_has_the_grade_of_its_job() -> None:
    cut = Result(
        code="vasp",
        program="vasp_std",
        energy_ev=-10.0,
        is_normal_end=False,
        grade=Grade.CONVERGED,
    )
    details: Any = SimpleNamespace(
        results=(cut,), plan=new_job().plan, job=SimpleNamespace(grade="converged")
    )
    found = _comparable(Side(details=details, inputs=([], []), row=()))
    assert found.grade == Grade.CONVERGED
    details.job.grade = None  # of a job from before there were grades
    assert _comparable(Side(details=details, inputs=([], []), row=())).grade == (
        Grade.UNKNOWN
    )
