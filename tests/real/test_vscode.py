"""The npm package of the VS Code extension, with its client of the protocol."""

import pytest

from tests.real import node

pytestmark = pytest.mark.node

TESTS = node.EXTENSION / "tests"
PLANTED = """import assert from "node:assert/strict";
import { test } from "node:test";

test("what does not hold", () => {
  assert.equal(1, 2);
});
"""


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    node.require_packages()


def test_the_types_of_messages_are_what_the_generator_makes() -> None:
    node.run("node", "scripts/generate.mjs", "--check")


def test_the_compiler_finds_no_fault() -> None:
    node.run("npm", "run", "--silent", "types")


def test_the_linter_finds_no_fault() -> None:
    node.run("npm", "run", "--silent", "lint")


def test_all_files_are_formatted() -> None:
    node.run("npm", "run", "--silent", "format:check")


def test_the_lock_file_names_no_place_of_one_machine() -> None:
    lock = (node.EXTENSION / "package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock


@pytest.mark.parametrize(
    "name", sorted(str(path.relative_to(TESTS)) for path in TESTS.rglob("*.test.ts"))
)
def test_the_tests_in_node_pass(name: str) -> None:
    node.run("node", "scripts/test.mjs", f"tests/{name}")


def test_a_test_in_node_that_fails_is_seen() -> None:
    planted = node.EXTENSION / "out" / "planted.test.ts"
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(PLANTED)
    with pytest.raises(AssertionError, match="what does not hold"):
        node.run("node", "scripts/test.mjs", str(planted))
