import { loadMetricModule } from '@bonsai/planner';
import type { UserMetric } from '@bonsai/planner';
import { choicesMetric } from '../choices/choices-metric.ts';
import { openChoices } from '../choices/evaluate-choices.ts';
import type { PruneOptions } from '../commands/prune.ts';
import { windowLength } from '../model/open-model.ts';
import type { LocalModel } from '../model/open-model.ts';
import { textWindows } from '../text/text-windows.ts';

/** What a job measures on. */
export interface Calibration {
  readonly windows: readonly Uint32Array[];
  /** For a planner of this command. */
  readonly ownMetric: UserMetric | undefined;
  /** Whether every mask has to see all windows: questions cannot be answered in part. */
  readonly usesAll: boolean;
}

/** @throws BonsaiError TEXT_EMPTY, TEXT_TOO_SHORT, WINDOW_LENGTH, TOKENIZER_INVALID, REQUEST_INVALID, METRIC_INVALID */
export async function openCalibration(model: LocalModel, options: PruneOptions): Promise<Calibration> {
  const context = windowLength(model, options.context);
  if (options.choices !== undefined) {
    const task = await openChoices(options.choices, model.directory, context);
    return { windows: task.spans.windows, ownMetric: choicesMetric(task), usesAll: true };
  }
  const { metricModule } = options;
  const windows = await textWindows({
    modelDirectory: model.directory,
    textFile: options.calibration ?? '',
    context,
    count: options.calibrationWindows,
    option: '--calibration',
  });
  const ownMetric = metricModule === undefined ? undefined : await loadMetricModule(metricModule);
  return { windows, ownMetric, usesAll: false };
}
