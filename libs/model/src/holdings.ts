interface Releasable {
  release(): void;
}

/** Device storage with one owner: everything kept here is released together, once. */
export class Holdings implements Releasable {
  readonly #held: Releasable[] = [];

  keep<T extends Releasable>(storage: T): T {
    this.#held.push(storage);
    return storage;
  }

  release(): void {
    for (const storage of this.#held.splice(0).reverse()) storage.release();
  }
}
