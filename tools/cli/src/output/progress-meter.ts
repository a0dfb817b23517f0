import { formatDuration } from './format.ts';
import type { ProgressLine } from './progress-line.ts';

/** Milliseconds; the pace of the very first parts says little. */
const SETTLING_MILLISECONDS = 1000;

/** Shows how much of some countable work is done, and how long the rest takes at the pace so far. */
export class ProgressMeter {
  private readonly line: ProgressLine;
  private readonly now: () => number;
  private readonly startedAt: number;

  /** @param now milliseconds of a clock */
  constructor(line: ProgressLine, now: () => number = () => performance.now()) {
    this.line = line;
    this.now = now;
    this.startedAt = now();
  }

  /** @param what is counted, e.g. "windows"; `done` and `total` are in its unit */
  show(what: string, done: number, total: number): void {
    this.line.show(`${what} ${done} of ${total}${this.eta(done / total)}`);
  }

  /** @param share done, 0 to 1 */
  showShare(what: string, share: number): void {
    this.line.show(`${what} ${Math.floor(100 * share)} %${this.eta(share)}`);
  }

  private eta(share: number): string {
    const elapsed = this.now() - this.startedAt;
    if (share === 0 || elapsed < SETTLING_MILLISECONDS) return '';
    return ` · ETA ${formatDuration(((elapsed / share) * (1 - share)) / 1000)}`;
  }
}

/** A meter of its own for work that is counted, e.g. `countsOf(line, 'windows', 64)`, which starts now. */
export function countsOf(line: ProgressLine, what: string, total: number): (done: number) => void {
  const meter = new ProgressMeter(line);
  meter.show(what, 0, total);
  return (done) => meter.show(what, done, total);
}
