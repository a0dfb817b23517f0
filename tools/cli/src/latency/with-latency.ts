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
  { scorer, signal }: Services,
  model: LocalModel,
  options: PruneOptions,
  progress: ProgressLine,
  body: (latency: JobLatency | undefined) => Promise<T>,
): Promise<T> {
  const { targetLatency, latencyRuntime, precision = 'auto' } = options;
  if (targetLatency === undefined) return body(undefined);
  const tokens = windowLength(model, options.targetContext ?? options.context, '--target-context');
  const units = new UnitTable(model.shape);
  const { path, revision } = model;
  const ofScorer = latencyRuntime === 'scorer';
  const base = { model: { path, revision }, precision, measurement: 'nll', units } as const;
  const runtime = ofScorer
    ? await scorerRuntime(scorer, base, tokens, signal)
    : await llamaCppRuntime(
        { modelDirectory: model.directory, floats: options.ggufFloats, tokens, temporary: tmpdir() },
        signal,
      );
  const meter = new ProgressMeter(progress);
  const task = {
    runtime,
    conditions: {
      modelRevision: revision,
      runtime: runtime.name,
      precision: ofScorer ? precision : options.ggufFloats,
      tokens,
    },
    units,
    alignment: options.align ?? 0,
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
