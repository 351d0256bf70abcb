/** The first words on a line: both sides say which protocol they speak. */

import { ProtocolMismatchError, RpcError } from "./errors.ts";
import type { Line } from "./line.ts";
import type { HelloResult } from "./messages.ts";
import { PROTOCOL } from "./tables.ts";

/**
 * Agree on the version of the protocol.
 *
 * @throws ProtocolMismatchError
 */
export async function greet(
  line: Line,
  client = "crystalmath for TypeScript",
  signal?: AbortSignal,
  protocol: string = PROTOCOL,
): Promise<HelloResult> {
  const range = { min: protocol, max: protocol };
  const options = signal === undefined ? {} : { signal };
  let answer: HelloResult;
  try {
    answer = await line.ask("hello", { client, protocol: range }, options);
  } catch (error) {
    if (error instanceof RpcError && error.kind === "rpc.protocol_mismatch") {
      throw new ProtocolMismatchError(line.socket, protocol, error.message);
    }
    throw error;
  }
  if (answer.protocol.split(".")[0] !== protocol.split(".")[0]) {
    const reason = `it answered ${answer.protocol}`;
    throw new ProtocolMismatchError(line.socket, protocol, reason);
  }
  return answer;
}
