"""The two commands of the README, in a bare Debian root, as an ordinary user."""

import os
import platform
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import ROOT
from tests.real.programs import require

pytestmark = pytest.mark.bare_root

PACKAGES = "python3,python3-venv,python3-pip,make,ca-certificates"
USER_ID = 12345
BUILD_S = 900
RUN_S = 2400
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
FROM_HERE = ("/etc/pip.conf", "/etc/resolv.conf", CERTIFICATES)
"""What this machine needs to reach its package index; absent on most machines."""
SAMPLE = (
    "tests/unit/client tests/unit/runners tests/unit/store tests/unit/structures"
    " tests/unit/materials tests/house tests/conformance tests/daemon/test_readme.py"
    " tests/daemon/test_cli_jobs.py tests/daemon/test_examples.py"
    " tests/real/test_pyscf_jobs.py tests/real/test_optimade.py"
)
"""Every kind of test: a step that is missing shows in some of each."""


@pytest.fixture(scope="module")
def bare_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Debian with Python, pip, venv and make, and the tracked files of this tree."""
    require("bare_root")
    root = tmp_path_factory.mktemp("debian")
    suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
    subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", suite, root],
        check=True,
        capture_output=True,
        timeout=BUILD_S,
    )
    root.chmod(0o755)
    for name in FROM_HERE:
        if Path(name).exists():
            shutil.copyfile(name, root / name[1:])
    home = root / "home" / "tester"
    checkout = home / "crystalmath"
    checkout.mkdir(parents=True)
    copy_tracked_files(checkout)
    for path in [home, *home.rglob("*")]:
        os.lchown(path, USER_ID, USER_ID)
    with (root / "etc" / "passwd").open("a") as file:
        file.write(f"tester:x:{USER_ID}:{USER_ID}::/home/tester:/bin/sh\n")
    yield root
    shutil.rmtree(root)


def copy_tracked_files(target: Path) -> None:
    archive = target / "files.tar"
    files = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True
    ).stdout.split(b"\0")
    names = [os.fsdecode(file) for file in files if file]
    with tarfile.open(archive, "w") as tar:
        for name in names:
            tar.add(ROOT / name, name)
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    archive.unlink()


def make(root: Path, goal: str) -> tuple[str, float]:
    """Run make as the ordinary user of the bare root; return output and seconds."""
    environ = {n: v for n, v in os.environ.items() if n.startswith("PIP_")}
    if Path(CERTIFICATES).exists():
        environ |= {"SSL_CERT_FILE": CERTIFICATES}
    environ |= {
        "HOME": "/home/tester",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
    }
    script = (
        f"mount -t proc proc {root}/proc && mount --rbind /dev {root}/dev && "
        f"exec /usr/sbin/chroot --userspec={USER_ID}:{USER_ID} {root} "
        f"/bin/sh -c 'cd /home/tester/crystalmath && exec make {goal}'"
    )
    started = time.monotonic()
    done = subprocess.run(
        ["unshare", "--mount", "/bin/sh", "-c", script],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    seconds = time.monotonic() - started
    print(f"make {goal}: {seconds:.0f} s\n{done.stdout[-3000:]}")
    assert done.returncode == 0, done.stdout[-8000:]
    return done.stdout, seconds


def processes_in(root: Path) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if (entry / "root").readlink().is_relative_to(root):
                found.append((entry / "cmdline").read_bytes().decode())
        except OSError:
            continue
    return found


def test_the_demo_gives_an_energy_and_leaves_no_process(bare_root: Path) -> None:
    for _ in range(2):
        said, _ = make(bare_root, "demo")
        assert "eV per cell" in said
        assert "hartree" in said
        assert "cycle 1" in said
        assert processes_in(bare_root) == []


def test_the_checks_and_some_tests_of_every_kind_pass(bare_root: Path) -> None:
    said, _ = make(bare_root, f'test PYTEST="{SAMPLE}"')
    assert " passed" in said
    assert processes_in(bare_root) == []
