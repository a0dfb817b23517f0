import { basename, join } from 'node:path';
import { planDocument } from '@bonsai/planner';
import type { planProto } from '@bonsai/rpc';
import { exportModel } from '../outputs/export-model.ts';
import type { ExportedModel } from '../outputs/export-model.ts';
import { formatsOf } from '../outputs/output-format.ts';
import type { FloatFormat, OutputChoice } from '../outputs/output-format.ts';
import { writeText } from '../outputs/write-text.ts';

export interface OutputRequest {
  readonly plan: planProto.Plan;
  readonly modelDirectory: string;
  readonly out: string;
  readonly format: OutputChoice;
  readonly ggufFloats: FloatFormat;
}

/** Called once for each model that is written; gets what is told of the share that is done. */
export type WatchWriting = (name: string) => (share: number) => void;

export interface WrittenOutputs {
  readonly plan: string;
  readonly models: readonly ExportedModel[];
}

/** Writes the plan and the pruned model; every file appears under its name only when it is complete. */
export async function writeOutputs(request: OutputRequest, watch: WatchWriting): Promise<WrittenOutputs> {
  const { plan, modelDirectory, out, ggufFloats } = request;
  const planPath = join(out, 'plan.json');
  await writeText(planPath, planDocument(plan));
  const models: ExportedModel[] = [];
  for (const format of formatsOf(request.format)) {
    const path = join(out, format === 'gguf' ? `${basename(modelDirectory)}-pruned.gguf` : 'hf');
    const exported = { plan, modelDirectory, format, ggufFloats, path, overwrite: true };
    models.push(await exportModel(exported, watch(basename(path))));
  }
  return { plan: planPath, models };
}
