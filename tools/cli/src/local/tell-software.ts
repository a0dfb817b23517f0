import { writeLines } from '../output/progress-line.ts';
import type { Terminal } from '../output/terminal.ts';

/** Says that the work goes to the CPU. It is no failure, so only somebody who watches, and may want it otherwise, is told. */
export function tellSoftware(terminal: Terminal): void {
  if (!terminal.interactive) return;
  writeLines(terminal, ['No GPU answered: the CPU computes instead, which is slow. `bonsai doctor` says what to do.']);
}
