import type { BonsaiError } from '@bonsai/support';

/** How each of the works ended: 'done', or the reason of its failure. */
export async function endsOf(works: readonly Promise<unknown>[]): Promise<string[]> {
  const ends = await Promise.allSettled(works);
  return ends.map((end) => (end.status === 'fulfilled' ? 'done' : (end.reason as BonsaiError).reason));
}
