import { mean, sampleDeviation } from '@bonsai/support';
import type { MethodRun } from './method-run.ts';
import { labelOf } from './variants.ts';

/** Mean and sample standard deviation; the latter undefined for a single value. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number | undefined;
}

/** Runs of one variant at one sparsity, over seeds. */
export interface MethodSummary {
  readonly variant: string;
  readonly sparsity: number;
  readonly achievedSparsity: number;
  readonly seeds: readonly number[];
  /** One per seed. */
  readonly perplexities: readonly number[];
  readonly perplexity: Spread;
  readonly kl: Spread;
  readonly forwardTokens: number;
  readonly seconds: number | undefined;
  /** The most of all runs. */
  readonly gpuMemoryPeakBytes: number;
}

/** Groups runs by sparsity and variant, in order of first appearance. */
export function summarize(runs: readonly MethodRun[]): MethodSummary[] {
  const sparsities = [...new Set(runs.map(({ sparsity }) => sparsity))];
  const variants = [...new Set(runs.map(({ variant }) => variant))];
  return sparsities.flatMap((sparsity) =>
    variants.flatMap((variant) => {
      const group = runs.filter((run) => run.variant === variant && run.sparsity === sparsity);
      return group.length === 0 ? [] : [summaryOf(variant, sparsity, group)];
    }),
  );
}

function summaryOf(variant: string, sparsity: number, group: readonly MethodRun[]): MethodSummary {
  const perplexities = group.map((run) => run.perplexity);
  const timed = group.flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]));
  return {
    variant,
    sparsity,
    achievedSparsity: mean(group.map((run) => run.achievedSparsity)),
    seeds: group.map(({ seed }) => seed),
    perplexities,
    perplexity: spreadOf(perplexities),
    kl: spreadOf(group.map((run) => run.kl)),
    forwardTokens: mean(group.map((run) => run.forwardTokens)),
    seconds: timed.length === 0 ? undefined : mean(timed),
    gpuMemoryPeakBytes: group.reduce((most, run) => Math.max(most, run.gpuMemoryPeakBytes), 0),
  };
}

export function spreadOf(values: readonly number[]): Spread {
  return { mean: mean(values), deviation: values.length < 2 ? undefined : sampleDeviation(values) };
}

/**
 * The summaries as a markdown table; the lowest perplexity of every sparsity is bold.
 * @param against variant that the others of a sparsity are compared with; undefined, or not among them: the best
 */
export function markdownTable(summaries: readonly MethodSummary[], against?: string): string {
  const rows = summaries.map((summary) => {
    const rivals = summaries.filter(({ sparsity }) => sparsity === summary.sparsity);
    const best = rivals.reduce((a, b) => (b.perplexity.mean < a.perplexity.mean ? b : a));
    return tableRow(summary, best, rivals.find(({ variant }) => variant === against) ?? best);
  });
  return [
    '| sparsity | method | achieved | perplexity | difference | per seed | KL in nats | forward tokens | seconds | GPU memory |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function tableRow(summary: MethodSummary, best: MethodSummary, reference: MethodSummary): string {
  const { variant, sparsity, achievedSparsity, perplexities, perplexity, kl, seconds } = summary;
  const centre = decimals(perplexity.mean);
  const cells = [
    `${Math.round(100 * sparsity)} %`,
    labelOf(variant),
    `${(100 * achievedSparsity).toFixed(1)} %`,
    withDeviation(summary === best ? `**${centre}**` : centre, perplexity, decimals),
    differenceCell(summary, reference),
    perplexities.map(decimals).join(', '),
    withDeviation(nats(kl.mean), kl, nats),
    `${(summary.forwardTokens / 1e6).toFixed(3)}M`,
    seconds === undefined ? '-' : seconds.toFixed(0),
    `${Math.ceil(summary.gpuMemoryPeakBytes / 2 ** 20)} MiB`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** What a row's perplexity is above the reference's, over the seeds that both have: what seeds have in common falls out. */
function differenceCell(summary: MethodSummary, reference: MethodSummary): string {
  if (summary === reference) return '-';
  const differences = summary.perplexities.flatMap((perplexity, i) => {
    const other = reference.seeds.indexOf(summary.seeds[i] as number);
    return other < 0 ? [] : [perplexity - (reference.perplexities[other] as number)];
  });
  if (differences.length === 0) return '-';
  const spread = spreadOf(differences);
  return withDeviation(`${spread.mean < 0 ? '' : '+'}${decimals(spread.mean)}`, spread, decimals);
}

function withDeviation(centre: string, { deviation }: Spread, format: (value: number) => string): string {
  return deviation === undefined ? centre : `${centre} ± ${format(deviation)}`;
}

const nats = (value: number): string => value.toFixed(3);

const decimals = (value: number): string => (value < 1000 ? value.toFixed(2) : value.toPrecision(4));
