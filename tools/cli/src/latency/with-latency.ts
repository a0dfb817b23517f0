import { tmpdir } from 'node:os';
import { UnitTable } from '@bonsai/pruning';
import type { planProto } from '@bonsai/rpc';
import type { PruneOptions } from '../commands/prune.ts';
import type { Services } from '../local/with-services.ts';
import { windowLength } from '../model/open-model.ts';
import type { LocalModel } from '../model/open-model.ts';
import type { ProgressLine } from '../output/progress-line.ts';
import { ProgressMeter } from '../output/progress-meter.ts';
import { latencyBudget } from './latency-budget.ts';
import type { LatencySettings } from './latency-budget.ts';
import { latencyEffect } from './latency-effect.ts';
import type { LatencyEffect } from './latency-effect.ts';
import type { LatencyRuntime } from './latency-runtime.ts';
import { llamaCppRuntime } from './llama-cpp/llama-cpp-runtime.ts';
import { scorerRuntime } from './scorer-runtime.ts';

/** The limit on latency of a job. */
export interface JobLatency {
  readonly settings: LatencySettings;
  /** Measures what the job's plan does. */
  effectOf(plan: planProto.Plan): Promise<LatencyEffect>;
}

/** Runs `body` with the limit on latency that a command line asks for, once its costs are known; undefined: none. */
export async function withLatency<T>(
  services: Services,
  model: LocalModel,
  options: PruneOptions,
  progress: ProgressLine,
  body: (latency: JobLatency | undefined) => Promise<T>,
): Promise<T> {
  const { targetLatency } = options;
  if (targetLatency === undefined) return body(undefined);
  const tokens = windowLength(model, options.targetContext ?? options.context, '--target-context');
  const units = new UnitTable(model.shape);
  const { runtime, precision } = await openRuntime(services, model, options, tokens);
  const meter = new ProgressMeter(progress);
  const task = {
    runtime,
    conditions: { modelRevision: model.revision, runtime: runtime.name, precision, tokens },
    units,
    choices: { alignment: options.align ?? 0, queryHeads: options.units?.includes('heads') === true },
    out: options.out,
    onTurn: (done: number, total: number) => meter.show('measuring latency', done, total),
  };
  try {
    const { settings, meanError } = await latencyBudget(targetLatency, task);
    return await body({ settings, effectOf: (plan) => latencyEffect(plan, { ...task, meanError }) });
  } finally {
    await runtime.close();
  }
}

/** What passes are timed on, with the number format of its weights. */
async function openRuntime(
  { scorer, signal }: Services,
  { path, revision, directory, shape }: LocalModel,
  { latencyRuntime, ggufFloats, precision = 'auto' }: PruneOptions,
  tokens: number,
): Promise<{ readonly runtime: LatencyRuntime; readonly precision: string }> {
  if (latencyRuntime === 'scorer') {
    const base = { model: { path, revision }, precision, measurement: 'nll', units: new UnitTable(shape) } as const;
    return { runtime: await scorerRuntime(scorer, base, tokens, signal), precision };
  }
  const work = { modelDirectory: directory, floats: ggufFloats, tokens, temporary: tmpdir() };
  return { runtime: await llamaCppRuntime(work, signal), precision: ggufFloats };
}
