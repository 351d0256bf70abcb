"""VS Code without a window of its own: its server, and its workbench for a browser.

The npm registry has the whole of VS Code as the package code-server. What that adds,
such as a login, is left aside: VS Code's own server is run, on the loopback. Modules in
C++ are not built, since that wants a compiler; nothing but shells in terminals and the
files of logs would need them.
"""

import json
import subprocess
from pathlib import Path

from tests.real import node

VERSION = "4.100.3"
"""VS Code 1.100: what came later needs Node 22."""
INSTALL = ("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund")


def install_vscode(folder: Path) -> Path:
    """Install VS Code into a folder; return the program that Node runs.

    268 MB; 12 s, most of them for the network.

    Raises
    ------
    OSError
        If npm cannot have it; says what npm said.
    """
    (folder / "package.json").write_text(json.dumps({"private": True}))
    _npm([*INSTALL, f"code-server@{VERSION}"], folder)
    vscode = folder / "node_modules" / "code-server" / "lib" / "vscode"
    _npm([*INSTALL, "--omit=dev"], vscode)
    return vscode / "out" / "server-main.js"


def _npm(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr[-800:]}")


def package_extension(folder: Path) -> Path:
    """Pack the extension as it stands in the repository; return the .vsix."""
    packed = folder / "crystalmath.vsix"
    node.run("npm", "run", "--silent", "package", "--", "--out", str(packed))
    return packed
