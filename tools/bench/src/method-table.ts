/** One pruning job and what it came to. */
export interface MethodRun {
  readonly method: string;
  readonly seed: number;
  readonly sparsity: number;
  readonly densePerplexity: number;
  readonly perplexity: number;
  readonly forwardTokens: number;
  readonly seconds: number;
  /** Of the last round; absent where the method fits nothing. */
  readonly looR2: number | undefined;
  readonly kendallTau: number | undefined;
}

/** Runs of one method at one sparsity, over seeds. */
export interface MethodSummary {
  readonly method: string;
  readonly sparsity: number;
  readonly perplexities: readonly number[];
  readonly meanPerplexity: number;
  readonly meanForwardTokens: number;
  readonly meanSeconds: number;
}

/** Groups runs by method and sparsity, in order of first appearance. */
export function summarize(runs: readonly MethodRun[]): MethodSummary[] {
  const groups = new Map<string, MethodRun[]>();
  for (const run of runs) {
    const key = `${run.method} ${run.sparsity}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  return [...groups.values()].map((group) => ({
    method: group[0]!.method,
    sparsity: group[0]!.sparsity,
    perplexities: group.map((run) => run.perplexity),
    meanPerplexity: mean(group.map((run) => run.perplexity)),
    meanForwardTokens: mean(group.map((run) => run.forwardTokens)),
    meanSeconds: mean(group.map((run) => run.seconds)),
  }));
}

/** The summary as a markdown table. */
export function markdownTable(summaries: readonly MethodSummary[]): string {
  const rows = summaries.map(({ method, sparsity, perplexities, meanPerplexity, meanForwardTokens, meanSeconds }) =>
    [
      method,
      `${Math.round(100 * sparsity)} %`,
      meanPerplexity.toFixed(2),
      perplexities.map((value) => value.toFixed(2)).join(', '),
      `${(meanForwardTokens / 1e6).toFixed(2)}M`,
      meanSeconds.toFixed(0),
    ].join(' | '),
  );
  return [
    '| method | sparsity | mean perplexity | per seed | forward tokens | seconds |',
    '|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
