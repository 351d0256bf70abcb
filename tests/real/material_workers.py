"""The worker of materials as the daemon runs it, asked by a test."""

import contextlib
import os
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from crystalmathd.materials.access import Access
from crystalmathd.models.materials import MaterialQuery, SourceAnswer
from crystalmathd.services.worker_loop import Status


class MaterialWorker:
    """One process; what it answers must never hold a key."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def search(self, source: str, access: Access, query: MaterialQuery) -> SourceAnswer:
        asked = msgspec.to_builtins(query)
        return self._ask("search", access, {"source": source, "query": asked})

    def details(self, source: str, access: Access, material_id: str) -> SourceAnswer:
        asked = {"source": source, "material_id": material_id}
        return self._ask("details", access, asked)

    def _ask(self, task: str, access: Access, asked: dict[str, Any]) -> SourceAnswer:
        status, *parts = self.ask(task, access=msgspec.to_builtins(access), **asked)
        assert not access.api_key or access.api_key.encode() not in b"".join(
            [status, *parts]
        )
        said = msgspec.json.decode(status, type=Status)
        assert said.error == "", said.reason
        [answer] = parts
        return msgspec.json.decode(answer, type=SourceAnswer)

    def ask(self, task: str, **arguments: Any) -> list[bytes]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        line = msgspec.json.encode({"task": task, "arguments": arguments})
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        read = self.process.stdout.read
        (count,) = struct.unpack(">Q", read(8))
        sizes = struct.unpack(f">{count}Q", read(8 * count))
        return [read(size) for size in sizes]


@contextlib.contextmanager
def material_worker(**environment: str) -> Iterator[MaterialWorker]:
    with tempfile.TemporaryDirectory() as temporary:
        errors = Path(temporary) / "stderr"
        command = [sys.executable, "-P", "-m", "crystalmathd.services.material_worker"]
        with errors.open("wb") as stderr:
            process = subprocess.Popen(
                [*command, str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env={
                    **os.environ,
                    **environment,
                    "TMPDIR": temporary,
                    # The libraries take 20 s to compile: once, not for every test.
                    "PYTHONDONTWRITEBYTECODE": "",
                },
            )
        with process:
            yield MaterialWorker(process)
            process.kill()
        assert errors.read_bytes() == b""
