/** Things to undo at the end, last one first, each even if another fails. */
export class CleanUp {
  private readonly steps: (() => Promise<void> | void)[] = [];

  add(step: () => Promise<void> | void): void {
    this.steps.push(step);
  }

  /** @throws the first failure, after all steps have run */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Runs `body`, then undoes what it has added, whether it fails or not. */
export async function cleaningUp<T>(body: (cleanUp: CleanUp) => Promise<T>): Promise<T> {
  const cleanUp = new CleanUp();
  try {
    return await body(cleanUp);
  } finally {
    await cleanUp.run();
  }
}
