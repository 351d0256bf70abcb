"""A window of VS Code in a browser without a screen, and what a user does in it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from tests.harness import RunningDaemon, wait_until

WAIT_S = 30.0
USER_SETTINGS = {
    "editor.accessibilitySupport": "off",
    "editor.minimap.enabled": False,
    "extensions.ignoreRecommendations": True,
    "files.autoSave": "off",
    "remote.autoForwardPorts": False,
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "terminal.integrated.gpuAcceleration": "off",
    "workbench.colorTheme": "Default Light Modern",
    "workbench.reduceMotion": "on",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}


@contextmanager
def opened(
    daemon: RunningDaemon,
    browser: Browser,
    program: Path,
    extension: Path,
    **settings: Any,
) -> Iterator["Window"]:
    """Open the folder `work` of the daemon's home in a window of its own.

    `settings`: of the user, on top of `USER_SETTINGS`; those of the extension belong
    to the machine.
    """
    home = daemon.home / "vscode"
    ours = {
        "crystalmath.command": str(Path(sys.executable).parent / "crystalmath"),
        "crystalmath.socket": str(daemon.socket),
    }
    for name, content in (("User", USER_SETTINGS | settings), ("Machine", ours)):
        path = home / "data" / name / "settings.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(content))
    server = [
        *("node", str(program), "--server-data-dir", str(home)),
        *("--accept-server-license-terms", "--telemetry-level", "off"),
    ]
    subprocess.run(
        [*server, "--install-extension", str(extension)],
        env=daemon.environ,
        check=True,
        capture_output=True,
        timeout=60,
    )
    port = free_port()
    listen = ["--without-connection-token", "--host", "127.0.0.1", "--port", str(port)]
    with (home / "server.log").open("wb") as log:
        running = subprocess.Popen(
            # Else the environment is that of a login shell.
            [*server, *listen, "--force-disable-user-env"],
            env=daemon.environ,
            stdout=log,
            stderr=log,
        )
    page = browser.new_page(
        viewport={"width": 1360, "height": 860}, reduced_motion="reduce"
    )
    page.set_default_timeout(WAIT_S * 1000)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    try:
        wait_until(lambda: answers(port), WAIT_S, "VS Code does not listen")
        page.goto(f"http://127.0.0.1:{port}/?folder={daemon.home / 'work'}")
        page.wait_for_selector(".explorer-folders-view .monaco-list-row")
        yield Window(page)
    finally:
        page.close()
        running.terminate()
        running.wait(WAIT_S)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class Window:
    """What a user does in the window, and what can be read in it.

    Whatever is looked for is waited for.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = page.keyboard

    # What is done

    def open(self, name: str) -> None:
        """Open a file of the folder; it stays open."""
        self.page.locator(".explorer-folders-view .monaco-list-row").get_by_text(
            name, exact=True
        ).dblclick()
        self.page.locator(f".tab.active[data-resource-name='{name}']").wait_for()
        self.editor().locator(".view-line").first.wait_for()

    def open_tab(self, name: str) -> None:
        """Go back to a file that is open."""
        self.page.locator(f".tab[data-resource-name='{name}']").click()

    def show(self, container: str) -> None:
        """Show what stands behind an icon of the bar at the left."""
        self.page.locator(".activitybar").get_by_role("tab", name=container).click()

    def command(self, title: str) -> None:
        """Run a command of the palette."""
        self.keys.press("F1")
        self.page.locator(".quick-input-widget input").fill(f">{title}")
        rows = self.page.locator(".quick-input-list .monaco-list-row")
        rows.get_by_text(title, exact=True).first.click()

    def enter(self, words: str) -> None:
        """Type words into the palette, and take what it offers first."""
        self.keys.press("F1")
        self.page.locator(".quick-input-widget input").fill(f">{words}")
        rows = self.page.locator(".quick-input-list .monaco-list-row")
        rows.get_by_text(words).first.wait_for()
        self.keys.press("Enter")

    def pick(self, row: str) -> None:
        """Answer a question that has a list of answers."""
        rows = self.page.locator(".quick-input-list .monaco-list-row")
        rows.filter(has_text=row).first.click()

    def go(self, line: int, column: int) -> None:
        """Put the cursor somewhere, counted from 1."""
        self.editor().locator(".view-line").first.wait_for()
        self.keys.press("Control+g")
        self.page.locator(".quick-input-widget input").fill(f":{line}:{column}")
        self.keys.press("Enter")
        self.status(f"Ln {line}, Col {column}")

    def format(self) -> None:
        """Align a text that is not yet aligned."""
        self.command("Format Document")
        self.page.locator(".tab.active.dirty").wait_for()

    def save(self) -> None:
        self.keys.press("Control+s")
        self.page.locator(".tab.active:not(.dirty)").wait_for()

    def fix(self, title: str) -> list[str]:
        """Choose from the menu of quick fixes at the cursor; return the menu."""
        self.keys.press("Control+.")
        menu = self.page.locator(".action-widget .monaco-list-row.action")
        menu.filter(has_text=title).first.wait_for()
        titles = lines(menu)
        self.capture(f"fixes-{self.name}")
        for _ in range(titles.index(title)):
            self.keys.press("ArrowDown")
        self.keys.press("Enter")
        self.page.locator(".tab.active.dirty").wait_for()
        return titles

    def choose_lens(self, title: str) -> None:
        self.page.locator(".codelens-decoration a").get_by_text(
            title, exact=True
        ).click()

    # What is seen

    @property
    def name(self) -> str:
        """The name of the file that is edited."""
        return (
            self.page.locator(".tab.active").get_attribute("data-resource-name") or ""
        )

    def editor(self) -> Locator:
        return self.page.locator(".editor-group-container.active .monaco-editor").first

    def text(self) -> str:
        """Return what can be seen of the active editor's text."""
        rows = self.editor().locator(".view-line").all()
        placed = [(row.bounding_box(), row.inner_text()) for row in rows]
        placed = [(box["y"], text) for box, text in placed if box is not None]
        return "\n".join(plain(text) for _, text in sorted(placed))

    def text_with(self, awaited: str) -> str:
        """Return what can be seen of the active editor's text once it holds a text."""
        self.editor().get_by_text(awaited).first.wait_for()
        return self.text()

    def has_guides(self) -> bool:
        """Tell whether lines for indentation stand in the active editor's text."""
        return self.editor().locator(".core-guide").count() > 0

    def status(self, text: str) -> None:
        """Wait until the bar at the foot shows a text."""
        self.page.locator(".statusbar-item").get_by_text(text).first.wait_for()

    def problems(self, awaited: str) -> list[str]:
        """Return the rows of the panel of problems once one holds a text."""
        self.command("Problems: Focus on Problems View")
        rows = self.page.locator(".markers-panel .monaco-list-row")
        rows.filter(has_text=awaited).first.wait_for()
        return lines(rows)

    def hover(self, line: int, column: int) -> str:
        """Return what is explained at a place."""
        self.go(line, column)
        self.command("Show or Focus Hover")
        shown = self.page.locator(".monaco-hover:not(.hidden) .hover-contents")
        shown.first.wait_for()
        self.capture(f"hover-{self.name}")
        texts = lines(shown)
        self.keys.press("Escape")
        return "\n".join(texts)

    def completions(self, line: int, column: int) -> list[str]:
        """Return what is proposed at a place."""
        self.go(line, column)
        self.keys.press("Control+Space")
        rows = self.page.locator(".suggest-widget.visible .monaco-list-row")
        rows.first.wait_for()
        self.capture(f"completion-{self.name}")
        proposed = lines(rows)
        self.keys.press("Escape")
        return proposed

    def lens(self, awaited: str) -> str:
        """Return the line above the text once it holds a text."""
        lens = self.page.locator(".codelens-decoration").filter(has_text=awaited)
        lens.first.wait_for()
        return plain(lens.first.inner_text())

    def has_button(self, name: str) -> bool:
        """Tell whether a button stands above the text."""
        bar = self.page.locator(".editor-group-container.active .editor-actions")
        return bar.get_by_role("button", name=name).count() > 0

    def notice(self, awaited: str) -> Locator:
        """Wait for a message in the corner."""
        shown = self.page.locator(".notifications-toasts .notification-list-item")
        notice = shown.filter(has_text=awaited).first
        notice.wait_for()
        return notice

    def notices(self) -> list[str]:
        """Return the messages that are kept, of which each can be read once more."""
        self.command("Notifications: Show Notifications")
        shown = self.page.locator(".notifications-center.visible")
        shown.wait_for()
        return lines(shown.locator(".notification-list-item-message"))

    def answer(self, awaited: str, button: str) -> None:
        """Press a button of a message in the corner."""
        self.notice(awaited).get_by_role("button", name=button).click()

    def answer_dialog(self, button: str, awaited: str = "") -> None:
        box = self.page.locator(".monaco-dialog-box").filter(has_text=awaited)
        box.get_by_role("button", name=button).click()
        box.wait_for(state="hidden")

    def terminal(self, awaited: str) -> str:
        """Return what stands in the terminal once it holds a text."""
        shown = self.page.locator(".terminal-wrapper.active .xterm-rows")
        shown.get_by_text(awaited).first.wait_for()
        rows = self.page.locator(".terminal-wrapper.active .xterm-rows > div")
        return "\n".join(row.replace("\xa0", " ") for row in rows.all_inner_texts())

    def rows(self, view: str, awaited: str) -> list[str]:
        """Return the rows of a view, as they are read out, once one holds a text."""
        rows = self._rows(view)
        rows.filter(has_text=awaited).first.wait_for()
        return [row.get_attribute("aria-label") or "" for row in rows.all()]

    def _rows(self, view: str) -> Locator:
        return self.page.locator(f".pane:has([aria-label*='{view}']) .monaco-list-row")

    def choose(self, view: str, row: str) -> None:
        self._rows(view).filter(has_text=row).first.click()

    def inline(self, view: str, row: str, action: str) -> None:
        """Press a button that a row of a view has."""
        found = self._rows(view).filter(has_text=row).first
        found.hover()
        found.get_by_role("button", name=action).click()

    def menu(self, view: str, row: str, action: str) -> None:
        """Choose from the menu that a row of a view has."""
        self._rows(view).filter(has_text=row).first.click(button="right")
        menu = self.page.locator(".context-view .monaco-menu")
        menu.get_by_role("menuitem", name=action).hover()
        menu.locator(".action-item.focused").filter(has_text=action).wait_for()
        self.keys.press("Enter")  # a click just after the menu's own does nothing
        menu.wait_for(state="hidden")

    def opened_by(self, view: str, row: str, action: str) -> str:
        """Choose from the menu what opens a window; return the window's address."""
        with self.page.expect_popup() as found:
            self.menu(view, row, action)
        address = found.value.url
        found.value.close()
        return address

    def clipboard(self) -> str:
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def welcome(self, awaited: str) -> None:
        """Wait until a view without rows says something."""
        self.page.locator(".welcome-view-content").get_by_text(awaited).wait_for()

    def capture(self, name: str) -> None:
        """Store a picture of the window, if a folder for it was named."""
        folder = os.environ.get("CRYSTALMATH_TEST_CAPTURES")
        if folder:
            path = Path(folder, f"vscode-{name}.png")
            self.page.screenshot(path=path, animations="disabled")


def lines(found: Locator) -> list[str]:
    return [plain(text) for text in found.all_inner_texts()]


def plain(text: str) -> str:
    """Undo what a page needs: spaces that do not break, parts on lines of their own."""
    return " ".join(text.replace("\xa0", " ").split())
