"""The files of adopted runs: links in a job's directory to where they lie."""

from pathlib import Path

from crystalmathd.runners.transports.base import FileStatus
from crystalmathd.runners.transports.local import LocalTransport
from crystalmathd.runners.transports.threads import in_thread


class AdoptedFiles(LocalTransport):
    """As on this machine; what the links lead to is listed as well."""

    async def list_files(self, path: str) -> list[FileStatus]:
        own = await super().list_files(path)

        def linked() -> list[FileStatus]:
            root = Path(path)
            return [
                FileStatus(name=str(p.relative_to(root)), size=p.stat().st_size)
                for p in sorted(root.rglob("*"))
                if p.is_symlink() and p.is_file()
            ]

        return own + await in_thread(path, linked)
