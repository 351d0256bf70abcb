/** One thing after the other. */

export class InTurn {
  #last: Promise<unknown> = Promise.resolve();

  /** Do something after all that was asked for before, however that has ended. */
  run<T>(what: () => Promise<T>): Promise<T> {
    const done = this.#last.then(what);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Wait for all that has been asked for so far; never fails. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
