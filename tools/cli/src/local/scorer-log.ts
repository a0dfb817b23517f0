import { writeLines } from '../output/progress-line.ts';
import type { Terminal } from '../output/terminal.ts';

/** Enough for a message of a driver or the stack of an error. */
const LINES_KEPT = 20;

/** The end of a scorer's log, shown only when the scorer ends unasked. */
export class ScorerLog {
  private readonly terminal: Terminal;
  private readonly lines: string[] = [];

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  add(line: string): void {
    this.lines.push(line);
    if (this.lines.length > LINES_KEPT) this.lines.shift();
  }

  /** @param what happened, a sentence */
  show(what: string): void {
    const log = this.lines.splice(0).map((line) => `  ${line}`);
    writeLines(this.terminal, log.length === 0 ? [what] : [`${what} The end of its log:`, ...log]);
  }
}
