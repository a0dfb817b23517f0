import type { Measurement } from './measure.ts';

export interface EngineReport {
  readonly adapter: string;
  readonly precision: string;
  readonly threads: number;
  readonly rounds: number;
  readonly measurements: readonly Measurement[];
  /** Tokens of one run, where a work has tokens. */
  readonly tokens: Readonly<Record<string, number>>;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/**
 * One row per work. Rates are of the operations that a mask leaves, never of those that it saves. The ceiling is the best
 * product of the same run: what the kernels do when nothing else is in their way.
 */
export function markdownReport({
  adapter,
  precision,
  threads,
  rounds,
  measurements,
  tokens,
  facts,
}: EngineReport): string {
  const ceiling = Math.max(
    ...measurements.filter(({ name }) => name.startsWith('product')).map(({ flops, bestCpu }) => flops / bestCpu),
  );
  const rows = measurements.map(({ name, flops, bestWall, medianWall, bestCpu, medianCpu }) => {
    const count = tokens[name];
    return [
      name,
      giga(flops / bestWall),
      giga(flops / medianWall),
      giga(flops / bestCpu),
      giga(flops / medianCpu),
      ceiling > 0 ? `${((100 * flops) / bestCpu / ceiling).toFixed(0)} %` : '',
      count === undefined ? '' : (count / bestWall).toFixed(0),
    ];
  });
  const head = ['work', 'wall, best', 'wall, median', 'CPU, best', 'CPU, median', 'of ceiling', 'tokens/s'];
  return [
    `${adapter}, ${precision} weights, ${threads} threads, ${rounds} rounds in turns; GFLOP per second of wall and of processor time.`,
    '',
    ...[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`),
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
  ].join('\n');
}

function giga(rate: number): string {
  return (rate / 1e9).toFixed(1);
}
