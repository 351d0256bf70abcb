"""What the making of a POTCAR says when it ends; see `potcar_assembly`."""

from typing import Final

from crystalmathd.codes.vasp.fault_rows import row
from crystalmathd.models.faults import Effect, Remedy

_OWN: Final = "crystalmathd/codes/vasp/potcar_assembly.py"

POTCAR_FAULTS: Final = (
    row(
        "potcar_library",
        ("potcar: neither VASP_PP_PATH", "potcar: there is no library for"),
        "The library of POTCARs was not found where the job ran.",
        "A POTCAR is made of the user's own library there; none travels with a job.",
        Remedy(
            text=(
                "Set VASP_PP_PATH or PMG_VASP_PSP_DIR, for a cluster in the"
                " environment of its profile of vasp."
            )
        ),
        source=_OWN,
    ),
    row(
        "potcar_dataset",
        "potcar: no dataset for",
        "The library lacks a dataset.",
        "All datasets have to come from one version of the library.",
        Remedy(
            text="Name another symbol or functional in POTCAR.spec.",
            effect=Effect.PHYSICS,
        ),
        source=_OWN,
    ),
    row(
        "potcar_mismatch",
        "potcar: ",
        "A dataset of the library is not the one that was asked for.",
        "Its title, its functional or its sum differs.",
        Remedy(
            text="Mend the library, or name in POTCAR.spec what it holds.",
            effect=Effect.PHYSICS,
        ),
        pattern=r"^potcar: .* (?:has LEXCH = |is not one whole|has the sum |is for )",
        source=_OWN,
    ),
)
