import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pruningResult, runBonsai } from '@bonsai/cli';
import { readPlanDocument } from '@bonsai/planner';
import type { Comparison } from './comparison-options.ts';
import type { TextFiles } from './comparison-texts.ts';
import type { MethodRun } from './method-run.ts';
import type { Variant } from './variants.ts';

/**
 * Prunes once, in a process of its own with a store of its own: no run profits from what another has measured, and memory
 * peaks are those of the run. An interrupted run is taken up where it stopped.
 */
export async function measureVariant(
  { model, out, effort }: Comparison,
  texts: TextFiles,
  { name, args }: Variant,
  sparsity: number,
  seed: number,
): Promise<MethodRun> {
  const folder = join(out, 'runs', `${name.replace(/[^a-z0-9.-]+/gi, '_')}-${sparsity}-${seed}`);
  const store = join(folder, 'jobs.sqlite');
  const resumed = existsSync(store);
  const started = performance.now();
  const result = pruningResult(
    await runBonsai([
      ...['prune', '--model', model, '--calibration', texts.calibration, '--eval', texts.evaluation, '--eval-kl'],
      ...['--sparsity', String(sparsity), '--seed', String(seed), '--rounds', effort.rounds, '--masks', effort.masks],
      ...['--windows', effort.windows, '--context', effort.context, '--eval-windows', effort.evalWindows],
      ...['--precision', effort.precision, ...args, ...effort.extra],
      ...['--store', store, '--format', 'none', '--out', folder],
    ]),
  );
  const seconds = (performance.now() - started) / 1000;
  const plan = readPlanDocument(await readFile(join(folder, 'plan.json'), 'utf8'));
  for (const suffix of ['', '-wal', '-shm']) await rm(`${store}${suffix}`, { force: true });
  const last = result.rounds.at(-1);
  return {
    variant: name,
    seed,
    sparsity,
    achievedSparsity: result.sparsity,
    densePerplexity: result.perplexity.before,
    perplexity: result.perplexity.after,
    kl: result.kl,
    forwardTokens: result.rounds.reduce(
      (sum, round) => sum + round.forwardTokens,
      result.recoveryForwardTokens + result.priorForwardTokens,
    ),
    seconds: resumed ? undefined : seconds,
    gpuMemoryPeakBytes: result.gpuMemoryPeakBytes,
    looR2: last?.looR2,
    kendallTau: last?.kendallTau,
    maskFits: plan.rounds.map(({ maskFits }) => maskFits).filter((fits) => fits.length > 0),
  };
}
