/** Where a command writes. Results go to `out`, everything else to `err`, so that `--json` is a clean document. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Whether `err` is a terminal that somebody watches: progress is shown only there. */
  readonly interactive: boolean;
}

export function processTerminal(): Terminal {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    interactive: process.stderr.isTTY,
  };
}

/** A result for people, or the one JSON document that `--json` promises. */
export function writeResult(terminal: Terminal, json: boolean, document: unknown, text: string): void {
  terminal.out(json ? `${JSON.stringify(document)}\n` : `${text}\n`);
}
