import { basename } from 'node:path';
import type { FloatFormat } from '@bonsai/checkpoint';
import { exportModel } from '../outputs/export-model.ts';
import type { ExportedModel } from '../outputs/export-model.ts';
import { modelPath } from '../outputs/model-path.ts';
import { formatsOf } from '../outputs/output-format.ts';
import type { OutputChoice } from '../outputs/output-format.ts';
import type { PlanFiles } from '../outputs/plan-files.ts';
import { recoveredBeside } from '../outputs/recovered-file.ts';

export interface ModelsRequest {
  readonly files: PlanFiles;
  readonly modelDirectory: string;
  readonly out: string;
  readonly format: OutputChoice;
  readonly ggufFloats: FloatFormat;
}

/** Called once for each model that is written; gets what is told of the share that is done. */
export type WatchWriting = (name: string) => (share: number) => void;

/**
 * Writes the pruned model; every file appears under its name only when it is complete.
 * @throws BonsaiError as exportModel does
 */
export async function writeModels(
  request: ModelsRequest,
  signal: AbortSignal,
  watch: WatchWriting,
): Promise<ExportedModel[]> {
  const { files, modelDirectory, out, ggufFloats } = request;
  const { plan, path: planPath, recovered = recoveredBeside(planPath) } = files;
  const models: ExportedModel[] = [];
  for (const format of formatsOf(request.format)) {
    const path = modelPath(out, modelDirectory, format);
    const exported = { plan, recovered, modelDirectory, format, ggufFloats, path, overwrite: true };
    models.push(await exportModel(exported, signal, watch(basename(path))));
  }
  return models;
}
