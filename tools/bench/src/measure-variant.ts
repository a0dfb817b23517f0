import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pruningResult, runBonsai } from '@bonsai/cli';
import type { PruningResult } from '@bonsai/cli';
import { readPlanDocument } from '@bonsai/planner';
import type { Comparison } from './comparison-options.ts';
import type { TextFiles } from './comparison-texts.ts';
import type { MethodRun, RunKey } from './method-run.ts';
import { removeStore } from './remove-store.ts';
import type { Variant } from './variants.ts';

/**
 * Prunes once, in a process of its own with a store of its own: no run profits from what another has measured, and memory
 * peaks are those of the run. An interrupted run is taken up where it stopped.
 */
export async function measureVariant(
  comparison: Comparison,
  texts: TextFiles,
  { name, args }: Variant,
  sparsity: number,
  seed: number,
): Promise<MethodRun> {
  const folder = join(comparison.out, 'runs', `${name.replace(/[^a-z0-9.-]+/gi, '_')}-${sparsity}-${seed}`);
  const store = join(folder, 'jobs.sqlite');
  const resumed = existsSync(store);
  const started = performance.now();
  const result = pruningResult(
    await runBonsai([
      ...commonArguments(comparison, texts),
      ...['--sparsity', String(sparsity), '--seed', String(seed), ...args, ...comparison.effort.extra],
      ...['--store', store, '--format', 'none', '--out', folder],
    ]),
  );
  const seconds = (performance.now() - started) / 1000;
  const plan = readPlanDocument(await readFile(join(folder, 'plan.json'), 'utf8'));
  await removeStore(store);
  return {
    ...{ variant: name, seed, sparsity },
    ...measurements(result),
    seconds: resumed ? undefined : seconds,
    maskFits: plan.rounds.map(({ maskFits }) => maskFits).filter((fits) => fits.length > 0),
  };
}

/** Of all runs of a comparison; what a variant says comes after them, and so counts. */
function commonArguments({ model, effort }: Comparison, texts: TextFiles): string[] {
  return [
    ...['prune', '--model', model, '--calibration', texts.calibration, '--eval', texts.evaluation, '--eval-kl'],
    ...['--rounds', effort.rounds, '--masks', effort.masks, '--windows', effort.windows],
    ...['--context', effort.context, '--eval-windows', effort.evalWindows, '--precision', effort.precision],
  ];
}

/** What `bonsai prune` said of a run. @throws TypeError if it left out what it was asked for */
function measurements(result: PruningResult): Omit<MethodRun, keyof RunKey | 'seconds' | 'maskFits'> {
  const last = result.rounds.at(-1);
  const { kl } = result;
  if (kl === undefined) throw new TypeError('bonsai prune --eval-kl left out the divergence');
  return {
    achievedSparsity: result.sparsity,
    densePerplexity: result.perplexity.before,
    perplexity: result.perplexity.after,
    kl,
    forwardTokens: result.forwardTokens,
    gpuMemoryPeakBytes: result.gpuMemoryPeakBytes,
    looR2: last?.looR2,
    kendallTau: last?.kendallTau,
  };
}
