export type LogLevel = 'info' | 'warn' | 'error';

/** A structured log: what happened, and the particulars. */
export type Logger = (level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>) => void;

/** One JSON object per line, as log collectors read them. Undefined fields are left out. */
export function jsonLogger(write: (line: string) => void, now: () => number): Logger {
  return (level, event, fields = {}) => {
    write(`${JSON.stringify({ time: new Date(now()).toISOString(), level, event, ...fields })}\n`);
  };
}
