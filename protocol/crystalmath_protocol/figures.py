"""Results to be drawn or taken away: curves, pictures, structures."""

from typing import Literal

from crystalmath_protocol.method import JobId, Method, Params, Result

Kind = Literal["scf", "opt", "bands", "dos", "eos", "phonons"]


class FetchJobSeriesParams(Params, frozen=True, kw_only=True):
    """What is to be drawn of a finished job."""

    job_id: JobId
    kind: Kind


class Curve(Result, frozen=True, kw_only=True):
    """Points from left to right; `style`: line, points or sticks (from y = 0)."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    style: str = "line"


class Mark(Result, frozen=True, kw_only=True):
    """A named place on the x axis."""

    at: float
    label: str


class Figure(Result, frozen=True, kw_only=True):
    """Curves on one pair of axes, with units in the labels.

    `level` is a horizontal line with a meaning, `upright` a vertical one; `y_range`
    are the values that are shown, `note` says what is not.
    """

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    marks: tuple[Mark, ...] = ()
    level: float | None = None
    upright: float | None = None
    is_log_y: bool = False
    y_range: tuple[float, float] | None = None
    note: str | None = None


class FetchJobSeriesResult(Result, frozen=True, kw_only=True):
    """`figure` is null if it has more than 1 MiB: it lies as JSON under `blob`."""

    job_id: str
    kind: str
    figure: Figure | None
    blob: str | None


class DrawJobResult(Result, frozen=True, kw_only=True):
    """A picture (PNG), stored under its sha256: `get_blob` returns it."""

    job_id: str
    kind: str
    blob: str
    size: int


class ExportStructureParams(Params, frozen=True, kw_only=True):
    """The last structure of a finished job, or with `json` all of its results.

    `xyz`: extended XYZ, with energy and forces. `gui`: a geometry file of CRYSTAL.
    `steps`: every geometry of the run (xyz only).
    """

    job_id: JobId
    format: Literal["xyz", "cif", "gui", "json"]
    steps: bool = False


class ExportStructureResult(Result, frozen=True, kw_only=True):
    """`text` is null if it has more than 1 MiB: it lies under `blob`."""

    job_id: str
    format: str
    text: str | None
    blob: str | None


METHODS = (
    Method(
        name="fetch_job_series",
        summary="Return the curves of a finished job: SCF, bands, E(V) …, with units.",
        params=FetchJobSeriesParams,
        result=FetchJobSeriesResult,
        access="read",
    ),
    Method(
        name="draw_job",
        summary="Draw the curves of a finished job as PNG.",
        params=FetchJobSeriesParams,
        result=DrawJobResult,
        access="read",
    ),
    Method(
        name="export_structure",
        summary="Return the structure of a finished job as xyz, cif, gui or JSON.",
        params=ExportStructureParams,
        result=ExportStructureResult,
        access="read",
    ),
)
