from itertools import pairwise

from crystalmath.cli import plot


def test_a_falling_curve_goes_from_the_top_left_to_the_bottom_right() -> None:
    lines = plot.curve([0.0, -1, -2, -3, -4], width=60, height=5)
    assert len(lines) == 5
    assert [line.split()[0] for line in lines] == [
        "1e+0",
        "1e-1",
        "1e-2",
        "1e-3",
        "1e-4",
    ]
    widths = [len(line) for line in lines]
    assert widths == sorted(widths)


def test_no_line_is_wider_than_asked() -> None:
    for n_values in (2, 10, 107, 500):
        for line in plot.curve([-0.01 * i for i in range(n_values)], 60, 8):
            assert len(line) <= 60


def test_many_decades_are_labelled_evenly() -> None:
    lines = plot.curve([2.0, -11.0], width=40, height=6)
    labels = [line.split()[0] for line in lines if line[:6].strip()]
    powers = [int(label.removeprefix("1e")) for label in labels]
    assert len({a - b for a, b in pairwise(powers)}) == 1
    assert powers[0] >= 2
    assert powers[-1] <= -11


def test_a_flat_curve_and_a_single_value_are_no_trouble() -> None:
    assert len(plot.curve([-3.0, -3.0], 40, 4)) == 4
    assert plot.curve([-3.0], 40, 4) == []
    assert plot.curve([], 40, 4) == []
    assert plot.curve([1.0, 2.0], 40, 1) == []
    assert plot.curve([1.0, 2.0], 3, 4)


def test_a_change_of_zero_is_very_small_and_a_missing_one_is_left_out() -> None:
    assert plot.decades([None, -1e-3, 0.0]) == [-3.0, -16.0]


def test_blocks_show_the_last_values() -> None:
    assert plot.blocks([0.0, -7.0], 10) == "█▁"
    assert plot.blocks([5.0, 0.0, -7.0], 2) == "█▁"
    assert plot.blocks([-2.0, -2.0], 10) == "▁▁"
    assert plot.blocks([], 10) == ""
