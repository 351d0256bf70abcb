import pytest

from crystalmath.cli import quantities
from crystalmath.durations import duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("30m", 1800),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("2d", 172_800),
        ("2:00:00", 7200),
        ("1-12:00:00", 129_600),
        ("1-12:00", 129_600),
        ("14-00:00:00", 1_209_600),
        ("365-00:00:00", 31_536_000),
        (" 45S ", 45),
    ],
)
def test_a_wall_time_is_read_as_people_write_it(text: str, seconds: int) -> None:
    assert quantities.parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-5", "soon", "2x", "1:99:00", "٣", "1e3"])
def test_what_is_no_wall_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="write 90, 30m, 2h or 1-12:00:00"):
        quantities.parse_duration(text)


def test_a_clock_of_two_parts_is_refused_because_slurm_reads_it_as_minutes() -> None:
    with pytest.raises(ValueError, match="can be read twice"):
        quantities.parse_duration("30:00")


@pytest.mark.parametrize(
    ("text", "megabytes"),
    [("500", 500), ("500M", 500), ("4G", 4096), ("4GiB", 4096), ("0.5t", 524_288)],
)
def test_memory_is_counted_as_slurm_does(text: str, megabytes: int) -> None:
    assert quantities.parse_memory(text) == megabytes


@pytest.mark.parametrize("text", ["", "lots", "1K", "-4G", "4X"])
def test_what_is_no_memory_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write 500M or 4G"):
        quantities.parse_memory(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "0s"),
        (0.44, "0.4s"),
        (0.999999, "1s"),
        (42, "42s"),
        (185, "3m05s"),
        (7800, "2h10m"),
        (356_400, "4d03h"),
        (-3, "0s"),
    ],
)
def test_durations_are_short(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (312, "312 B"),
        (4200, "4.1 KiB"),
        (2**31, "2.0 GiB"),
        (2**50, "1024.0 TiB"),
    ],
)
def test_sizes_have_a_unit(n_bytes: int, text: str) -> None:
    assert quantities.size(n_bytes) == text


def test_a_missing_energy_is_an_empty_cell() -> None:
    assert quantities.energy(None) == ""
    assert quantities.energy(-7380.1234567) == "-7380.123457"
