"""One suite for every way to a machine."""

import hashlib
import os
import sys
from pathlib import Path

import anyio
import pytest

from crystalmathd.runners.transports import TRANSPORTS
from crystalmathd.runners.transports.base import (
    RemoteFileError,
    Transport,
    TransportError,
)

pytestmark = pytest.mark.anyio
HOSTILE_NAMES = (
    "a b",
    "semi;colon",
    "$(touch x)",
    "'quoted'",
    "-rf",
    "new\nline",
    "ümlaut",
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> Transport:
    return TRANSPORTS[request.param]()


async def test_a_command_gives_its_exit_code_and_both_streams(
    transport: Transport,
) -> None:
    result = await transport.run(
        ["/bin/sh", "-c", "echo out; echo err >&2; exit 3"], deadline_s=10
    )
    assert (result.exit_code, result.stdout, result.stderr) == (3, b"out\n", b"err\n")


async def test_arguments_reach_the_program_as_they_are(transport: Transport) -> None:
    result = await transport.run(
        ["/usr/bin/printf", "%s|", *HOSTILE_NAMES], deadline_s=10
    )
    assert result.stdout.decode() == "".join(f"{name}|" for name in HOSTILE_NAMES)


async def test_a_command_that_hangs_is_an_error_in_time(transport: Transport) -> None:
    with anyio.fail_after(5), pytest.raises(TransportError, match=r"0\.2 s"):
        await transport.run(["/bin/sleep", "60"], deadline_s=0.2)


async def test_a_command_that_is_not_there_is_an_error(transport: Transport) -> None:
    with pytest.raises(TransportError):
        await transport.run(["/no/such/program"], deadline_s=5)


async def test_output_is_bounded_and_its_beginning_is_kept(
    transport: Transport,
) -> None:
    script = "import sys; sys.stdout.write('x' * 3_000_000)"
    result = await transport.run(
        [sys.executable, "-c", script], deadline_s=20, max_output=1000
    )
    assert result.stdout == b"x" * 1000


async def test_a_byte_that_is_no_text_harms_nothing(transport: Transport) -> None:
    result = await transport.run(["/usr/bin/printf", r"\377\376"], deadline_s=10)
    assert result.stdout == b"\xff\xfe"


async def test_the_environment_is_only_what_is_given(transport: Transport) -> None:
    result = await transport.run(
        ["/usr/bin/env"], deadline_s=10, environment={"ONE": "a b"}
    )
    assert result.stdout == b"ONE=a b\n"


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_a_file_is_written_whole_and_read_in_parts(
    transport: Transport, tmp_path: Path, name: str
) -> None:
    path = str(tmp_path / name)
    await transport.write_file(path, b"0123456789")
    assert await transport.read_file(path, 4, 3) == b"456"
    assert await transport.read_file(path, 100, 3) == b""
    assert Path(path).stat().st_mode & 0o077 == 0
    assert os.listdir(tmp_path) == [name]


async def test_a_missing_file_is_told_from_a_machine_that_does_not_answer(
    transport: Transport, tmp_path: Path
) -> None:
    with pytest.raises(RemoteFileError) as missing:
        await transport.read_file(str(tmp_path / "nothing"), 0, 10)
    assert missing.value.path.endswith("nothing")


async def test_directories_are_private_and_may_be_there_already(
    transport: Transport, tmp_path: Path
) -> None:
    path = tmp_path / "a" / "b"
    await transport.make_directory(str(path))
    await transport.make_directory(str(path))
    assert path.stat().st_mode & 0o777 == 0o700


async def test_a_document_is_put_read_only(
    transport: Transport, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(100_000))
    source.chmod(0o400)
    target = tmp_path / "below" / "target"
    await transport.put_file(source, str(target))
    assert hashlib.sha256(target.read_bytes()).digest() == (
        hashlib.sha256(source.read_bytes()).digest()
    )
    assert target.stat().st_mode & 0o777 == 0o400


async def test_files_are_listed_below_a_directory_and_links_are_not(
    transport: Transport, tmp_path: Path
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b").write_text("22")
    (tmp_path / "a").write_text("1")
    (tmp_path / "link").symlink_to("/etc/passwd")
    found = await transport.list_files(str(tmp_path))
    assert [(file.name, file.size) for file in found] == [("a", 1), ("sub/b", 2)]


async def test_a_tree_is_removed_and_may_be_gone_already(
    transport: Transport, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "file").write_text("x")
    await transport.remove_tree(str(tree))
    await transport.remove_tree(str(tree))
    assert not tree.exists()
