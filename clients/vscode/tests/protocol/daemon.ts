/** A real daemon in a home of its own, and what may stand between it and a client. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  copyFileSync,
  existsSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { createServer, connect as connectSocket, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import {
  Connection,
  DaemonUnreachableError,
  type ConnectionOptions,
} from "../../src/protocol/index.ts";

// The tests are compiled into `out/tests/protocol`.
export const REPOSITORY = resolve(import.meta.dirname, "../../../../..");
/** The Python in which crystalmathd is installed. */
export const PYTHON =
  process.env["CRYSTALMATH_PYTHON"] ?? join(REPOSITORY, ".venv", "bin", "python");

const LOOK_MS = 20;
const TESTS = join(REPOSITORY, "tests");

export const DECK = `MgO
CRYSTAL
0 0 0
225
4.21
2
12 0. 0. 0.
8 0.5 0.5 0.5
BASISSET
STO-3G
SHRINK
4 4
END
`;

export class TestDaemon {
  readonly home = mkdtempSync(join(tmpdir(), "cm-"));
  readonly socket = join(this.home, "run", "d.sock");
  readonly environment: NodeJS.ProcessEnv;
  readonly #script: string;
  #process: ChildProcess | undefined;

  /** `validates`: every message is held against openrpc.json, and the start takes longer. */
  constructor({ validates = false } = {}) {
    this.#script = validates ? "validating_daemon.py" : "plain_daemon.py";
    const bin = join(this.home, "bin");
    mkdirSync(bin);
    copyFileSync(join(TESTS, "data", "crystal", "stand_in.py"), join(bin, "crystal"));
    chmodSync(join(bin, "crystal"), 0o755);
    this.environment = {
      HOME: this.home,
      USER: "tester",
      PATH: `${bin}:${process.env["PATH"] ?? "/usr/bin:/bin"}`,
      CRYSTALMATHD_SOCKET: this.socket,
      CRYSTAL_TUI_DB: join(this.home, "store", "crystalmath.db"),
      CRY_SCRATCH_BASE: join(this.home, "scratch"),
      CRYSTALMATH_VIOLATIONS: join(this.home, "violations.txt"),
      CRYSTALMATH_GRACE_S: "1",
    };
  }

  async start(): Promise<this> {
    const log = openSync(join(this.home, "daemon.log"), "a");
    const options = { env: this.environment, cwd: this.home };
    const started = spawn(PYTHON, [join(TESTS, this.#script)], {
      ...options,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#process = started;
    const probe = this.connection();
    while (!(await answers(probe))) {
      if (started.exitCode !== null) {
        throw new Error(`the daemon has ended: ${this.log().slice(-2000)}`);
      }
      await pause(LOOK_MS);
    }
    await probe.close();
    return this;
  }

  /** A connection to it, which its owner closes. */
  connection(options: ConnectionOptions = {}): Connection {
    return new Connection({ socket: this.socket, ...options });
  }

  signal(name: NodeJS.Signals): void {
    this.#process?.kill(name);
  }

  /** End it, as an administrator or as the kernel would. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running?.exitCode === null && running.signalCode === null) {
      running.kill(signal);
      await once(running, "exit");
    }
  }

  async restart(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await this.stop(signal);
    await this.start();
  }

  log(): string {
    const path = join(this.home, "daemon.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** End it and remove its home. @throws Error if it said or logged what it must not. */
  async close(): Promise<void> {
    await this.stop();
    const violations = join(this.home, "violations.txt");
    const broken = existsSync(violations) ? readFileSync(violations, "utf8") : "";
    const log = this.log();
    const wrong = log.includes("Traceback") ? log.slice(-5000) : broken;
    rmSync(this.home, { recursive: true, force: true });
    if (wrong) {
      throw new Error(wrong);
    }
  }
}

async function answers(probe: Connection): Promise<boolean> {
  try {
    await probe.open();
    return true;
  } catch (error) {
    if (error instanceof DaemonUnreachableError) {
      return false;
    }
    throw error;
  }
}

type Pass = (chunk: Buffer, to: Socket) => void | Promise<void>;

/** A socket before a daemon's, on which what is said is passed on as a test likes. */
export class Between {
  readonly socket: string;
  readonly #server = createServer();
  readonly #open = new Set<Socket>();
  /** Passes on what the client says. */
  there: Pass = (chunk, to) => void to.write(chunk);
  /** Passes on what the daemon says. */
  back: Pass = (chunk, to) => void to.write(chunk);

  constructor(daemon: TestDaemon) {
    this.socket = join(daemon.home, "between.sock");
    this.#server.on("connection", (client) => {
      const server = connectSocket(daemon.socket);
      this.#join(client, server, (chunk, to) => this.there(chunk, to));
      this.#join(server, client, (chunk, to) => this.back(chunk, to));
    });
  }

  async listen(): Promise<this> {
    this.#server.listen(this.socket);
    await once(this.#server, "listening");
    return this;
  }

  /** Break every connection. */
  cut(): void {
    for (const socket of this.#open) {
      socket.destroy();
    }
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  #join(from: Socket, to: Socket, pass: Pass): void {
    this.#open.add(from);
    let before = Promise.resolve();
    from.on("data", (chunk) => {
      before = before.then(() => pass(chunk, to));
    });
    from.on("error", () => from.destroy());
    from.on("close", () => {
      this.#open.delete(from);
      to.destroy();
    });
  }
}
