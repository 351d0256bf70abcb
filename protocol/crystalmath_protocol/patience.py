"""How long an answer may take before a client says that the daemon is silent."""

from typing import Final

USUAL_S: Final = 30.0
QUICK_S: Final = 5.0
QUICK: Final = frozenset({"ping", "status"})
"""Questions that a daemon in good health answers without any work."""
LONG_S: Final = {
    "parse_output": 900.0,
    "fetch_job_series": 120.0,
    "draw_job": 120.0,
    "generate_crystal_input": 300.0,
    "generate_properties_input": 300.0,
    "generate_vasp_inputs": 300.0,
    "generate_espresso_input": 300.0,
    "render_template": 300.0,
    "validate_inputs": 120.0,
    "explain_job": 120.0,
    "check_document": 120.0,
    "complete_document": 120.0,
    "hover_document": 120.0,
    "document_symbols": 120.0,
    "document_tokens": 120.0,
    "format_document": 120.0,
    "folding_ranges": 120.0,
}
"""What may take long: an output of some hundred megabytes, a cell of many atoms.

Long documents wait for one worker, which gives each 30 s.
"""


def method_patience_s(name: str) -> float:
    """Return it for a method, without the `wait_ms` that a call may ask for."""
    return QUICK_S if name in QUICK else LONG_S.get(name, USUAL_S)
