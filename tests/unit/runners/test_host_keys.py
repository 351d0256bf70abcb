"""What known_hosts files say about a host."""

import hmac
from base64 import b64encode
from pathlib import Path

import asyncssh
import pytest

from crystalmathd.errors import HostKeyChangedError, HostKeyUnknownError
from crystalmathd.runners.host_keys import KnownHosts, add_key, fingerprint
from crystalmathd.runners.logins import Offered, key_error

OLD, NEW, CA = (
    asyncssh.generate_private_key("ssh-ed25519").convert_to_public() for _ in range(3)
)


def public(key: asyncssh.SSHKey) -> str:
    return key.export_public_key().decode().strip()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".ssh" / "known_hosts"


def known(file: Path, *lines: str) -> KnownHosts:
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(f"{line}\n" for line in lines))
    return KnownHosts([file.with_name("not there"), file])


def offered(key: asyncssh.SSHKey, host: str = "far", port: int = 22) -> Offered:
    return Offered(host=host, port=port, key=key)


def test_a_key_is_found_by_name_and_port(file: Path) -> None:
    hosts = known(file, f"far {public(OLD)}", f"[far]:2222 {public(NEW)}")
    assert [one.key for one in hosts.find("far", 22)] == [OLD]
    assert [one.key for one in hosts.find("far", 2222)] == [NEW]
    assert hosts.matches("far", 2022)[0] == []


def test_names_may_be_patterns_or_hashed(file: Path) -> None:
    salt = b"12345678901234567890"
    digest = hmac.digest(salt, b"far.else", "sha1")
    hashed = f"|1|{b64encode(salt).decode()}|{b64encode(digest).decode()}"
    hosts = known(file, f"*.site,!bad.site {public(OLD)}", f"{hashed} {public(NEW)}")
    assert [one.key for one in hosts.find("a.site", 22)] == [OLD]
    assert [one.key for one in hosts.find("far.else", 22)] == [NEW]
    assert list(hosts.find("bad.site", 22)) == []


def test_lines_that_cannot_be_read_are_passed_over(file: Path) -> None:
    hosts = known(file, "# far", "", "far", "far nonsense AAAA", f"far {public(OLD)}")
    (one,) = hosts.find("far", 22)
    assert (one.line, one.file) == (5, file)


def test_thousands_of_other_hosts_cost_no_decoding(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [f"host{n},10.0.0.{n % 256} {public(NEW)}" for n in range(5_000)]
    hosts = known(file, *others, f"far {public(OLD)}")
    decoded: list[str] = []
    decode = asyncssh.import_known_hosts

    def count(line: str) -> asyncssh.SSHKnownHosts:
        decoded.append(line)
        return decode(line)

    monkeypatch.setattr(asyncssh, "import_known_hosts", count)
    assert [one.line for one in hosts.find("far", 22)] == [5_001]
    assert len(decoded) == 1


def test_authorities_and_revoked_keys_are_told_apart(file: Path) -> None:
    hosts = known(
        file,
        f"@cert-authority far {public(CA)}",
        f"@revoked far {public(OLD)}",
        f"far {public(NEW)}",
    )
    assert hosts.matches("far", 22)[:3] == ([NEW], [CA], [OLD])


def test_a_key_of_which_nothing_is_known_is_unknown(file: Path) -> None:
    error = key_error("alias", offered(NEW), known(file, f"other {public(OLD)}"))
    assert isinstance(error, HostKeyUnknownError)
    assert fingerprint(NEW) in str(error)
    assert error.facts["host"] == "alias"


def test_another_port_is_another_server(file: Path) -> None:
    error = key_error("far", offered(NEW, port=2222), known(file, f"far {public(OLD)}"))
    assert isinstance(error, HostKeyUnknownError)


def test_a_changed_key_is_told_with_both_fingerprints_file_and_line(file: Path) -> None:
    hosts = known(file, "# a comment", f"far {public(OLD)}")
    error = key_error("far", offered(NEW), hosts)
    assert isinstance(error, HostKeyChangedError)
    for words in (fingerprint(OLD), fingerprint(NEW), f"{file}:2"):
        assert words in str(error)


def test_a_revoked_key_is_no_unknown_one(file: Path) -> None:
    error = key_error("far", offered(OLD), known(file, f"@revoked * {public(OLD)}"))
    assert isinstance(error, HostKeyChangedError)
    assert "revoked" in str(error)


def test_a_key_is_added_on_a_line_of_its_own(file: Path) -> None:
    add_key(file, "far", 22, OLD)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    file.write_text(file.read_text().rstrip("\n"))
    add_key(file, "::1", 2222, NEW)
    assert len(file.read_text().splitlines()) == 2
    hosts = KnownHosts([file])
    assert [one.key for one in hosts.find("far", 22)] == [OLD]
    assert [one.key for one in hosts.find("::1", 2222)] == [NEW]
