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

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("transport", TRANSPORTS, indirect=True),
]
HOSTILE_NAMES = (
    "a b",
    "semi;colon",
    "$(touch x)",
    "'quoted'",
    "-rf",
    "new\nline",
    "ümlaut",
)


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


async def test_what_a_signal_ended_says_which(transport: Transport) -> None:
    result = await transport.run(["/bin/sh", "-c", "kill -9 $$"], deadline_s=10)
    assert result.exit_code == -9


async def test_a_command_reads_what_it_is_given(transport: Transport) -> None:
    data = os.urandom(300_000)
    result = await transport.run(["cat"], deadline_s=20, stdin=data)
    assert result.stdout == data
    ignored = await transport.run(["true"], deadline_s=20, stdin=data)
    assert ignored.exit_code == 0


async def test_without_input_a_command_sees_its_end(transport: Transport) -> None:
    result = await transport.run(["wc", "-c"], deadline_s=10)
    assert result.stdout.strip() == b"0"


async def test_exit_codes_of_the_shell_and_of_timeout_are_the_commands_own(
    transport: Transport,
) -> None:
    for code in (1, 124, 126, 127, 137, 255):
        result = await transport.run(["sh", "-c", f"exit {code}"], deadline_s=10)
        assert result.exit_code == code


async def test_a_nul_reaches_no_shell(transport: Transport) -> None:
    with pytest.raises((TransportError, ValueError)):
        await transport.run(["echo", "a\0b"], deadline_s=10)


@pytest.mark.parametrize("count", [3, 40, 120])
async def test_files_are_put_whole_and_read_only(
    transport: Transport, tmp_path: Path, count: int
) -> None:
    contents = {f"{n} {HOSTILE_NAMES[n % 7]}": os.urandom(n) for n in range(count)}
    sources = tmp_path / "sources"
    sources.mkdir()
    files = []
    for number, (name, data) in enumerate(contents.items()):
        (sources / str(number)).write_bytes(data)
        (sources / str(number)).chmod(0o400)
        files.append((sources / str(number), str(tmp_path / "below" / name)))
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / next(iter(contents))).write_text("an older one")
    await transport.put_files(files)
    found = {path.name: path.read_bytes() for path in (tmp_path / "below").iterdir()}
    assert found == contents
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "below").iterdir()}
    assert modes == {0o400}


async def test_a_source_that_is_missing_is_named_and_nothing_is_left(
    transport: Transport, tmp_path: Path
) -> None:
    with pytest.raises(RemoteFileError):
        await transport.put_file(tmp_path / "missing", str(tmp_path / "target"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [1, 30, 120])
async def test_files_are_fetched_whole(
    transport: Transport, tmp_path: Path, count: int
) -> None:
    there, here = tmp_path / "there", tmp_path / "here" / "deep"
    there.mkdir()
    names = [f"{n} {HOSTILE_NAMES[n % 7]}" for n in range(count)]
    contents = {name: os.urandom(10_000 * (n % 30)) for n, name in enumerate(names)}
    for name, data in contents.items():
        (there / name).write_bytes(data)
    await transport.fetch_files([(str(there / name), here / name) for name in names])
    assert {path.name: path.read_bytes() for path in here.iterdir()} == contents
    assert here.stat().st_mode & 0o777 == 0o700


async def test_links_and_detours_are_not_fetched(
    transport: Transport, tmp_path: Path
) -> None:
    (tmp_path / "real").write_text("1")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "sub").mkdir()
    os.mkfifo(tmp_path / "pipe")
    here = tmp_path / "here"
    for path in ("link", "sub", "pipe", "sub/../real", "missing"):
        with pytest.raises(RemoteFileError):
            await transport.fetch_files(
                [
                    (str(tmp_path / "real"), here / "real"),
                    (f"{tmp_path}/{path}", here / "other"),
                ]
            )
        assert not here.exists() or {path.name for path in here.iterdir()} <= {"real"}


async def test_a_link_in_the_way_here_is_not_written_through(
    transport: Transport, tmp_path: Path
) -> None:
    (tmp_path / "real").write_text("new")
    (tmp_path / "precious").write_text("old")
    for name in ("target", "target.partial"):
        (tmp_path / name).symlink_to(tmp_path / "precious")
    await transport.fetch_files([(str(tmp_path / "real"), tmp_path / "target")])
    assert (tmp_path / "precious").read_text() == "old"
    assert not (tmp_path / "target").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


async def test_a_name_is_changed_over_what_was_there(
    transport: Transport, tmp_path: Path
) -> None:
    (tmp_path / "a b").write_text("new")
    (tmp_path / "-rf").write_text("old")
    await transport.rename(str(tmp_path / "a b"), str(tmp_path / "-rf"))
    assert (tmp_path / "-rf").read_text() == "new"
    with pytest.raises(RemoteFileError):
        await transport.rename(str(tmp_path / "a b"), str(tmp_path / "-rf"))


async def test_parts_of_many_files_are_read_at_once(
    transport: Transport, tmp_path: Path
) -> None:
    everything = bytes(range(256)) * 1000
    for name in HOSTILE_NAMES:
        (tmp_path / name).write_bytes(everything)
    (tmp_path / "empty").touch()
    requests = [(str(tmp_path / name), 7, 100_000) for name in HOSTILE_NAMES]
    requests += [
        (str(tmp_path / "empty"), 0, 10),
        (str(tmp_path / "missing"), 0, 10),
        (str(tmp_path), 0, 10),
        (str(tmp_path / "a b"), 10_000_000, 10),
        (str(tmp_path / "a b"), 255_990, 100),
    ]
    found = await transport.read_files(requests)
    assert found[:7] == [everything[7:100_007]] * 7
    assert found[7:] == [b"", None, None, b"", everything[255_990:]]
    assert await transport.read_files([]) == []


async def test_a_directory_that_is_not_there_has_no_files(
    transport: Transport, tmp_path: Path
) -> None:
    assert await transport.list_files(str(tmp_path / "missing")) == []


async def test_names_that_are_no_text_are_listed(
    transport: Transport, tmp_path: Path
) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))).write_text("1")
    (tmp_path / "ring").symlink_to(".")
    found = await transport.list_files(str(tmp_path))
    assert [(file.name, file.size) for file in found] == [("\\xff", 1)]


async def test_a_file_in_the_way_is_told(transport: Transport, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RemoteFileError):
        await transport.make_directory(str(tmp_path / "file"))
    with pytest.raises(RemoteFileError):
        await transport.write_file(str(tmp_path / "file" / "below"), b"x")
    with pytest.raises(RemoteFileError):
        await transport.write_file(str(tmp_path / "missing" / "below"), b"x")


async def test_many_commands_at_once_all_end(transport: Transport) -> None:
    results = {}

    async def run(number: int) -> None:
        done = await transport.run(
            ["echo", str(number)], deadline_s=30, is_control=number % 5 == 0
        )
        results[number] = done.stdout

    async with anyio.create_task_group() as group:
        for number in range(40):
            group.start_soon(run, number)
    assert results == {number: f"{number}\n".encode() for number in range(40)}


async def test_a_caller_that_gives_up_leaves_the_way_open(transport: Transport) -> None:
    with anyio.move_on_after(0.3):
        await transport.run(["/bin/sleep", "20"], deadline_s=60)
    done = await transport.run(["echo", "on"], deadline_s=10)
    assert done.stdout == b"on\n"
