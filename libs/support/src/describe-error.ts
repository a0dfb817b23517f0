import { BonsaiError } from './bonsai-error.ts';

/** One line for people: what is wrong, where, and the stable reason to search for. */
export function describeError(error: unknown): string {
  if (error instanceof BonsaiError) {
    const place = error.field === undefined ? '' : `, ${error.field}`;
    return `error: ${oneLine(error.message)} [${error.reason}${place}]`;
  }
  return `error: ${oneLine(error instanceof Error ? error.message : String(error))}`;
}

const oneLine = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ');
