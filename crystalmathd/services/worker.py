"""The worker: a process that reads outputs, so that the daemon goes on answering."""

from typing import Any, Final

import msgspec

from crystalmathd.services import (
    drawing,
    generation,
    histories,
    input_checks,
    questions,
    reading,
    structure_files,
    structure_reading,
    structure_work,
    templates,
    trees,
)
from crystalmathd.services.worker_loop import Tasks, serve


def read_step(
    code: str, program: str, stdout: str, paths: dict[str, str]
) -> list[bytes]:
    read = reading.read_step(code, program, stdout, paths)
    return [read.light, read.whole]


def read_history(
    code: str, program: str, stdout: str, paths: dict[str, str]
) -> list[bytes]:
    return histories.in_parts(reading.read_result(code, program, stdout, paths))


def find_faults(code: str, texts: list[dict[str, Any]]) -> list[bytes]:
    found = reading.find_faults(code, [reading.FaultText(**text) for text in texts])
    return [msgspec.json.encode(found)]


def answer(**asked: Any) -> list[bytes]:  # noqa: ANN401  # JSON
    return [questions.answer(msgspec.convert(asked, questions.Question))]


TASKS: Final[Tasks] = {
    "answer": answer,
    "read_step": read_step,
    "read_history": read_history,
    "find_faults": find_faults,
    "list_directories": trees.list_directories,
    "survey": trees.survey,
    "read_runs": trees.read_runs,
    "figure": drawing.figure,
    "figure_of_outputs": drawing.figure_of_outputs,
    "structure_file": structure_files.structure_file,
    "draw": drawing.draw,
    "generate": generation.generate,
    "generate_properties": generation.generate_properties,
    "check_inputs": input_checks.check_inputs,
    "check_steps": input_checks.check_steps,
    "list_templates": templates.list_templates,
    "fill_template": templates.fill_template,
    "read_structure": structure_reading.read_structure,
    "structure_of_record": structure_reading.structure_of_record,
    "preview_structure": structure_work.preview_structure,
    "transform_structure": structure_work.transform_structure,
    "write_structure": structure_work.write_structure,
    "draw_structure": structure_work.draw_structure,
}


if __name__ == "__main__":
    serve(TASKS)
