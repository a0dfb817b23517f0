import { basename, join } from 'node:path';
import { planDocument } from '@bonsai/planner';
import type { planProto } from '@bonsai/rpc';
import { exportModel } from '../outputs/export-model.ts';
import type { ExportedModel } from '../outputs/export-model.ts';
import { formatsOf } from '../outputs/output-format.ts';
import type { FloatFormat, OutputChoice } from '../outputs/output-format.ts';
import { recoveredBeside } from '../outputs/recovered-file.ts';
import { writeText } from '../outputs/write-text.ts';

export interface OutputRequest {
  readonly plan: planProto.Plan;
  /** Recovered weights that lie in `out` already; undefined if the plan has none. */
  readonly recovered: string | undefined;
  readonly modelDirectory: string;
  readonly out: string;
  readonly format: OutputChoice;
  readonly ggufFloats: FloatFormat;
}

/** Called once for each model that is written; gets what is told of the share that is done. */
export type WatchWriting = (name: string) => (share: number) => void;

export interface WrittenOutputs {
  readonly plan: string;
  readonly recovered: string | undefined;
  readonly models: readonly ExportedModel[];
}

export const planIn = (out: string): string => join(out, 'plan.json');

/** Writes the plan and the pruned model; every file appears under its name only when it is complete. */
export async function writeOutputs(request: OutputRequest, watch: WatchWriting): Promise<WrittenOutputs> {
  const { plan, modelDirectory, out, ggufFloats } = request;
  const planPath = planIn(out);
  const recovered = request.recovered ?? recoveredBeside(planPath);
  await writeText(planPath, planDocument(plan));
  const models: ExportedModel[] = [];
  for (const format of formatsOf(request.format)) {
    const path = join(out, format === 'gguf' ? `${basename(modelDirectory)}-pruned.gguf` : 'hf');
    const exported = { plan, recovered, modelDirectory, format, ggufFloats, path, overwrite: true };
    models.push(await exportModel(exported, watch(basename(path))));
  }
  return { plan: planPath, recovered: request.recovered, models };
}
