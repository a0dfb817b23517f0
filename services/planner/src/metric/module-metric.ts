import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BonsaiError, digest } from '@bonsai/support';
import type { MetricIdentity } from '../jobs/job-settings.ts';
import { checkLosses } from './check-answers.ts';
import { metricInvalid } from './metric-error.ts';
import type { MetricQuestion, UserMetric, WindowResult } from './user-metric.ts';

/** What a metric module exports as `loss`: one mask's results and those of the original model, on the same windows. */
export type MetricFunction = (windows: readonly WindowResult[], base: readonly WindowResult[]) => unknown;

/**
 * Loads a metric of the user's own into this process, with all rights that the process has: only for files that whoever
 * started the process named. Its digest is that of the file, without what the file imports.
 * @throws BonsaiError METRIC_INVALID if there is no such file, it does not load, or exports no function `loss`
 */
export async function loadMetricModule(file: string): Promise<UserMetric> {
  const exported = await importModule(path.resolve(file));
  const { loss, name, version } = exported;
  if (!isMetricFunction(loss)) throw unusable(file, 'it exports no function named "loss"');
  const identity: MetricIdentity = {
    name: typeof name === 'string' && name !== '' ? name : path.basename(file),
    version: typeof version === 'string' ? version : '',
    digest: digest([await readFile(file)]),
  };
  return {
    describe: () => Promise.resolve(identity),
    losses: async (question) => checkLosses(lossesOf(loss, question), question.masks.length),
    close: () => undefined,
  };
}

function lossesOf(loss: MetricFunction, { base, masks }: MetricQuestion): unknown[] {
  try {
    return masks.map((windows) => loss(windows, base));
  } catch (error) {
    throw metricInvalid(`it threw "${String(error)}"`, error);
  }
}

async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const exported: unknown = await import(pathToFileURL(file).href);
    return typeof exported === 'object' && exported !== null ? { ...exported } : {};
  } catch (error) {
    throw unusable(file, `it does not load (${String(error)})`, error);
  }
}

function isMetricFunction(value: unknown): value is MetricFunction {
  return typeof value === 'function';
}

function unusable(file: string, why: string, cause?: unknown): BonsaiError {
  return new BonsaiError(`The metric module ${file} cannot be used: ${why}; see docs/metrics.md for what it needs.`, {
    code: 'INVALID_ARGUMENT',
    reason: 'METRIC_INVALID',
    field: '--metric-module',
    cause,
  });
}
