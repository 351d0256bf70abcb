/** An editor without a window: the real language server, spoken to as VS Code does. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { pathToFileURL } from "node:url";

import {
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DocumentDiagnosticRequest,
  DocumentFormattingRequest,
  ExecuteCommandRequest,
  ExitNotification,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  SemanticTokensRequest,
  ShowMessageNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type CodeAction,
  type CodeLens,
  type CompletionList,
  type Diagnostic,
  type Hover,
  type InitializeResult,
  type ProtocolConnection,
  type SemanticTokens,
  type TextEdit,
} from "vscode-languageserver-protocol/node";

import { serverArguments } from "../../src/settings.ts";
import { PYTHON, type TestDaemon } from "../protocol/daemon.ts";

const CAPABILITIES = {
  textDocument: {
    diagnostic: {},
    completion: { completionItem: { snippetSupport: true } },
    hover: { contentFormat: ["markdown" as const] },
  },
  workspace: { workspaceEdit: { documentChanges: false } },
};

export class Editor {
  readonly #process: ChildProcess;
  readonly #connection: ProtocolConnection;
  /** What the server has shown. */
  readonly messages: string[] = [];

  constructor(daemon: TestDaemon) {
    const settings = { command: "", socket: daemon.socket, groupBy: "state" } as const;
    const words = ["-m", "crystalmath", ...serverArguments(settings)];
    const server = spawn(PYTHON, words, {
      env: daemon.environment,
      cwd: daemon.home,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#process = server;
    this.#connection = createProtocolConnection(
      new StreamMessageReader(server.stdout),
      new StreamMessageWriter(server.stdin),
    );
    this.#connection.onNotification(ShowMessageNotification.type, ({ message }) => {
      this.messages.push(message);
    });
    this.#connection.listen();
  }

  async start(): Promise<InitializeResult> {
    const result = await this.#connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- the protocol wants it
      rootUri: null,
      capabilities: CAPABILITIES,
    });
    await this.#connection.sendNotification(InitializedNotification.type, {});
    return result;
  }

  async stop(): Promise<number | null> {
    const ended = once(this.#process, "exit");
    await this.#connection.sendRequest(ShutdownRequest.type);
    await this.#connection.sendNotification(ExitNotification.type);
    await ended;
    this.#connection.dispose();
    return this.#process.exitCode;
  }

  /** Open a text under a path, which need not be there; return its URI. */
  async open(path: string, languageId: string, text: string): Promise<string> {
    const uri = pathToFileURL(path).href;
    await this.#connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId, version: 1, text },
    });
    return uri;
  }

  async change(uri: string, version: number, text: string): Promise<void> {
    await this.#connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges: [{ text }],
    });
  }

  async diagnostics(uri: string): Promise<Diagnostic[]> {
    const textDocument = { uri };
    const found = await this.#connection.sendRequest(DocumentDiagnosticRequest.type, {
      textDocument,
    });
    return found.kind === "full" ? found.items : [];
  }

  async hover(uri: string, line: number, character: number): Promise<Hover | null> {
    return this.#connection.sendRequest(HoverRequest.type, {
      textDocument: { uri },
      position: { line, character },
    });
  }

  /** Return the labels of what may stand at a place. */
  async completion(uri: string, line: number, character: number): Promise<string[]> {
    const found = await this.#connection.sendRequest(CompletionRequest.type, {
      textDocument: { uri },
      position: { line, character },
    });
    return (found as CompletionList).items.map(({ label }) => label);
  }

  async actions(uri: string, found: Diagnostic): Promise<CodeAction[]> {
    const actions = await this.#connection.sendRequest(CodeActionRequest.type, {
      textDocument: { uri },
      range: found.range,
      context: { diagnostics: [found] },
    });
    return actions as CodeAction[];
  }

  async formatting(uri: string): Promise<TextEdit[]> {
    const options = { tabSize: 4, insertSpaces: true };
    const textDocument = { uri };
    const edits = await this.#connection.sendRequest(DocumentFormattingRequest.type, {
      textDocument,
      options,
    });
    return edits ?? [];
  }

  async lenses(uri: string): Promise<CodeLens[]> {
    const textDocument = { uri };
    const found = await this.#connection.sendRequest(CodeLensRequest.type, {
      textDocument,
    });
    return found ?? [];
  }

  async tokens(uri: string): Promise<SemanticTokens | null> {
    const textDocument = { uri };
    return this.#connection.sendRequest(SemanticTokensRequest.type, { textDocument });
  }

  readonly execute = async (
    command: string,
    args: readonly string[],
  ): Promise<unknown> =>
    this.#connection.sendRequest(ExecuteCommandRequest.type, {
      command,
      arguments: [...args],
    });
}
