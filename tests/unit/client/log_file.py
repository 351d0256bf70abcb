"""A log that the fake daemon serves."""

import base64
from typing import Any

from crystalmath_protocol.jobs import FetchJobLogResult


class LogFile:
    """A file of two steps that grows while it is read."""

    def __init__(self, *files: tuple[str, bytes]) -> None:
        self.files = dict(files)
        self.running = [name for name, _ in files]

    def __call__(self, params: Any) -> FetchJobLogResult:
        name = params.file or self.running[0]
        data = self.files[name]
        part = data[params.offset : params.offset + params.limit]
        if params.wait_ms and not part and len(self.running) > 1:
            del self.running[0]
        is_last = name == self.running[-1]
        return FetchJobLogResult(
            file=name,
            offset=params.offset,
            next_offset=params.offset + len(part),
            size=len(data),
            data=base64.b64encode(part).decode()
            if params.encoding == "base64"
            else part.decode(errors="replace"),
            encoding=params.encoding,
            at_end=is_last,
        )
