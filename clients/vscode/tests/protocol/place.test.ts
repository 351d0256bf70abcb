import assert from "node:assert/strict";
import { test } from "node:test";

import { socketPath } from "../../src/protocol/place.ts";

test("what is asked for wins over the variable", () => {
  const environment = { CRYSTALMATHD_SOCKET: "/run/b.sock" };
  assert.equal(socketPath("/run/a.sock", environment), "/run/a.sock");
  assert.equal(socketPath(undefined, environment), "/run/b.sock");
});

test("the runtime directory counts if it is there", () => {
  const home = { HOME: "/home/ada" };
  assert.equal(
    socketPath(undefined, { ...home, XDG_RUNTIME_DIR: "/tmp" }),
    "/tmp/crystalmath/d.sock",
  );
  assert.equal(
    socketPath(undefined, { ...home, XDG_RUNTIME_DIR: "/nowhere" }),
    "/home/ada/.local/state/crystalmath/run/d.sock",
  );
});

test("without it the socket is below the state directory", () => {
  assert.equal(
    socketPath(undefined, { HOME: "/home/ada", XDG_STATE_HOME: "/state" }),
    "/state/crystalmath/run/d.sock",
  );
});
