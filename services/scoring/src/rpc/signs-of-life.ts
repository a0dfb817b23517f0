import { ALIVE } from '../session/alive.ts';
import type { Alive } from '../session/alive.ts';

interface AskingHeader {
  readonly signsOfLife?: boolean | undefined;
}

/** Results with signs of life among them, but for a client that does not ask for these: it would take them for results. */
export async function* withSignsOfLife<T>(
  { signsOfLife = false }: AskingHeader,
  results: AsyncIterable<T | Alive>,
): AsyncGenerator<T | Alive, void, undefined> {
  for await (const result of results) if (result !== ALIVE || signsOfLife) yield result;
}
