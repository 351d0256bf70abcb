/** Where one message ends: each is a line of JSON. */

export const MAX_REQUEST_BYTES = 1 << 20;
export const MAX_REPLY_BYTES = 16 << 20;

const NEWLINE = 0x0a;

/** A line that does not end; there is no way back to the beginning of the next. */
export class LineTooLongError extends RangeError {
  constructor(maxBytes: number) {
    super(`a message is longer than ${maxBytes} bytes`);
  }
}

/** Cuts a stream of bytes into lines, however it was split and merged on its way. */
export class LineDecoder {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #nBytes = 0;

  constructor(maxBytes: number = MAX_REPLY_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Return the lines that became complete; empty ones are passed over.
   *
   * @throws LineTooLongError
   */
  feed(chunk: Buffer): string[] {
    const lines: string[] = [];
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      this.#keep(rest.subarray(0, end));
      const line = Buffer.concat(this.#parts).toString().trim();
      this.#parts = [];
      this.#nBytes = 0;
      if (line) {
        lines.push(line);
      }
      rest = rest.subarray(end + 1);
    }
    this.#keep(rest);
    return lines;
  }

  #keep(part: Buffer): void {
    this.#nBytes += part.length;
    if (this.#nBytes > this.#maxBytes) {
      throw new LineTooLongError(this.#maxBytes);
    }
    if (part.length > 0) {
      this.#parts.push(part);
    }
  }
}
