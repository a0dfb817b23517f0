import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stageOutput } from '@bonsai/checkpoint';
import { planDocument } from '@bonsai/planner';
import type { planProto } from '@bonsai/rpc';
import { exportModel } from '../outputs/export-model.ts';
import type { ExportedModel } from '../outputs/export-model.ts';
import { formatsOf } from '../outputs/output-format.ts';
import type { FloatFormat, OutputChoice } from '../outputs/output-format.ts';

export interface OutputRequest {
  readonly plan: planProto.Plan;
  readonly modelDirectory: string;
  readonly out: string;
  readonly format: OutputChoice;
  readonly ggufFloats: FloatFormat;
}

export interface WrittenOutputs {
  readonly plan: string;
  readonly models: readonly ExportedModel[];
}

/** Writes the plan and the pruned model; every file appears under its name only when it is complete. */
export async function writeOutputs(request: OutputRequest): Promise<WrittenOutputs> {
  const { plan, modelDirectory, out, ggufFloats } = request;
  const planPath = join(out, 'plan.json');
  await writeText(planPath, planDocument(plan));
  const models: ExportedModel[] = [];
  for (const format of formatsOf(request.format)) {
    const path = join(out, format === 'gguf' ? `${basename(modelDirectory)}-pruned.gguf` : 'hf');
    models.push(await exportModel({ plan, modelDirectory, format, ggufFloats, path, overwrite: true }));
  }
  return { plan: planPath, models };
}

export function writeText(path: string, text: string): Promise<void> {
  return stageOutput(path, { overwrite: true }, (staged) => writeFile(staged, text));
}
