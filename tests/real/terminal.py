"""A terminal in tmux: keys go in, text and a picture of it come out."""

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyte
from PIL import Image, ImageDraw, ImageFont
from pyte.screens import Char

from tests.harness import wait_until

FONTS = Path("/usr/share/fonts/truetype/dejavu")
PATIENCE_S = 8.0
SIZE_PX = 16
INK, PAPER = "#d0d0d0", "#101010"
COLOURS = {
    "black": "#000000",
    "red": "#cd3131",
    "green": "#0dbc79",
    "brown": "#e5e510",
    "blue": "#4488ff",
    "magenta": "#bc3fbc",
    "cyan": "#11a8cd",
    "white": "#e5e5e5",
    "brightblack": "#767676",
    "brightred": "#f14c4c",
    "brightgreen": "#23d18b",
    "brightbrown": "#f5f543",
    "brightblue": "#6ca8ff",
    "brightmagenta": "#d670d6",
    "bfightmagenta": "#d670d6",
    "brightcyan": "#29b8db",
    "brightwhite": "#ffffff",
}
"""By the names of pyte, one of which it spells in its own way."""
UNDERLINE_COLOUR = re.compile(r"\x1b\[58[;:][\d;:]*m")
"""pyte takes its parts for colours and a reset of the text."""


class Terminal:
    """A program on a screen of its own; nobody needs to look at it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        socket: Path,
        environ: Mapping[str, str],
        folder: Path,
        columns: int = 100,
        rows: int = 30,
    ) -> None:
        self._tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
        self.columns, self.rows = columns, rows
        self._environ = dict(environ) | {"TERM": "xterm-256color"}
        size = ["-x", str(columns), "-y", str(rows), "-c", str(folder)]
        self._run("new-session", "-d", *size, *command)

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [*self._tmux, *words],
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout

    def type(self, *keys: str) -> None:
        """Press keys, by tmux's names; words that are none are typed."""
        self._run("send-keys", *keys)

    def text(self) -> str:
        return self._run("capture-pane", "-p")

    def wait_for(self, *patterns: str) -> None:
        """Wait until something on the screen fits each of the patterns."""
        deadline = time.monotonic() + PATIENCE_S
        while not all(re.search(one, seen := self.text()) for one in patterns):
            assert time.monotonic() < deadline, f"{patterns} never stood in\n{seen}"
            time.sleep(0.05)

    def coloured(self) -> str:
        """Return what stands there, with its colours as escape sequences."""
        return self._run("capture-pane", "-e", "-N", "-p")

    def wait_until_coloured(self, word: str) -> None:
        """Wait until a word has another colour than text has."""

        def is_so() -> bool:
            screen = screen_of(self.coloured(), self.columns, self.rows)
            return cell_at(screen, word).fg != "default"

        wait_until(is_so, PATIENCE_S, f"{word} was never coloured")

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, check=False)


def screen_of(coloured: str, columns: int, rows: int) -> pyte.Screen:
    """Return the cells of a captured screen."""
    screen = pyte.Screen(columns, rows)
    plain = UNDERLINE_COLOUR.sub("", coloured.rstrip("\n"))
    pyte.Stream(screen).feed(plain.replace("\n", "\r\n"))
    return screen


def cell_at(screen: pyte.Screen, word: str) -> Char:
    """Return the first cell of a word on the screen."""
    for row, line in enumerate(screen.display):
        if word in line:
            return screen.buffer[row][line.index(word)]
    raise AssertionError(f"{word} does not stand on the screen")


def picture_of(screen: pyte.Screen) -> Image.Image:
    """Draw the cells of a screen as a terminal does."""
    fonts = {
        is_bold: ImageFont.truetype(
            str(FONTS / f"DejaVuSansMono{'-Bold' if is_bold else ''}.ttf"), SIZE_PX
        )
        for is_bold in (False, True)
    }
    width = round(fonts[False].getlength("M"))
    height = round(SIZE_PX * 1.3)
    size = (width * screen.columns, height * screen.lines)
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    for row in range(screen.lines):
        for column in range(screen.columns):
            cell = screen.buffer[row][column]
            ink, paper = _colour(cell.fg, INK), _colour(cell.bg, PAPER)
            if cell.reverse:
                ink, paper = paper, ink
            x, y = column * width, row * height
            draw.rectangle((x, y, x + width - 1, y + height - 1), fill=paper)
            draw.text((x, y + 1), cell.data, fill=ink, font=fonts[cell.bold])
            if cell.underscore:
                draw.line((x, y + height - 2, x + width - 1, y + height - 2), fill=ink)
    return image


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return COLOURS.get(name, f"#{name}")
