import type { Terminal } from './terminal.ts';

const CLEAR_LINE = '\r\u001b[2K';

/** Whole lines that stay, also where a progress line is shown; that comes again with its next change. */
export function writeLines(terminal: Terminal, lines: readonly string[]): void {
  terminal.err(`${terminal.interactive ? CLEAR_LINE : ''}${lines.join('\n')}\n`);
}

/** One line on stderr that rewrites itself; nothing at all where nobody watches. */
export class ProgressLine {
  private readonly terminal: Terminal;
  private shown = false;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  show(text: string): void {
    if (!this.terminal.interactive) return;
    this.terminal.err(`${CLEAR_LINE}${text}`);
    this.shown = true;
  }

  /** Removes the line, so that what follows starts on an empty one. */
  clear(): void {
    if (this.shown) this.terminal.err(CLEAR_LINE);
    this.shown = false;
  }
}
