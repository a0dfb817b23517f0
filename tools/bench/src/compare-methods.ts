import { predictionChart } from './chart/prediction-chart.ts';
import { perplexityChart } from './chart/perplexity-chart.ts';
import { parseComparison } from './comparison-options.ts';
import type { Comparison } from './comparison-options.ts';
import { finishedRuns, recordRuns, replaceFile } from './comparison-record.ts';
import type { Conditions } from './comparison-record.ts';
import { writeTexts } from './comparison-texts.ts';
import { measureVariant } from './measure-variant.ts';
import { isRunOf } from './method-run.ts';
import type { MethodRun } from './method-run.ts';
import { markdownTable, summarize } from './method-table.ts';

const comparison = parseComparison(process.argv.slice(2));
const { out, seeds, sparsities, variants, against } = comparison;
const texts = await writeTexts(comparison.texts, out);
const conditions = conditionsOf(comparison, texts.digest);
const runs = await finishedRuns(out, conditions);

// Seeds are the outer loop: an interrupted comparison has all methods on the seeds that it reached.
for (const seed of seeds) {
  for (const sparsity of sparsities) {
    for (const variant of variants) {
      if (runs.some(isRunOf({ variant: variant.name, seed, sparsity }))) continue;
      runs.push(await measureVariant(comparison, texts, variant, sparsity, seed));
      await report();
    }
  }
}
await report();
process.stdout.write(`${markdownTable(summarize(runs), against)}\n`);

/** Written after every run, so that a comparison that is cut short keeps what it has. */
async function report(): Promise<void> {
  await recordRuns(out, conditions, runs);
  const summaries = summarize(runs);
  await replaceFile(out, 'table.md', `${markdownTable(summaries, against)}\n`);
  const dense = runs[0]?.densePerplexity;
  if (dense !== undefined) await replaceFile(out, 'perplexity.svg', perplexityChart(summaries, dense));
  const fitted = bestFitted(runs);
  if (fitted !== undefined) await replaceFile(out, 'predictions.svg', predictionChart(fitted));
}

/** The run that the chart of predictions shows: the first at the highest sparsity that fitted anything. */
function bestFitted(all: readonly MethodRun[]): MethodRun | undefined {
  const fitted = all.filter(({ maskFits }) => maskFits.length > 0);
  const highest = fitted.reduce((most, { sparsity }) => Math.max(most, sparsity), 0);
  return fitted.find(({ sparsity }) => sparsity === highest);
}

function conditionsOf({ model, effort }: Comparison, textDigest: string): Conditions {
  const { extra, ...rest } = effort;
  return { model, texts: textDigest, ...rest, extra: extra.join(' ') };
}
