import type { BonsaiError } from '@bonsai/support';

/** What the GPU refused of some work; it says so later, and undefined where it took all of it. Never rejects. */
export type Failure = Promise<BonsaiError | undefined>;

/** The first in order that there is, not the first to arrive: what comes later may only be what it led to. */
export async function firstOf(failures: readonly Failure[]): Failure {
  const errors = await Promise.all(failures);
  return errors.find((error) => error !== undefined);
}
