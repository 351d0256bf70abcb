"""What is wrong with a text that should hold a structure, and where."""


class StructureFaultError(Exception):
    """No structure can be read; `line` counts from 1, None: the text as a whole.

    The message is a clause without a full stop: it goes into a sentence.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line
