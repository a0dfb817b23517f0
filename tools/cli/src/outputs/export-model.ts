import { stat } from 'node:fs/promises';
import { openCheckpoint, openRecovered, writeGguf, writeHuggingFace } from '@bonsai/checkpoint';
import type { Checkpoint, FloatFormat, HuggingFaceResult } from '@bonsai/checkpoint';
import { planCut, weightsDigestOf } from '@bonsai/planner';
import type { UnitSet } from '@bonsai/pruning';
import { planProto } from '@bonsai/rpc';
import { throwIfCancelled } from '@bonsai/support';
import { checkRevision } from './check-revision.ts';
import type { OutputFormat } from './output-format.ts';
import { checkRecovered } from './recovered-file.ts';

export interface ExportRequest {
  readonly plan: planProto.Plan;
  /** File of the plan's recovered weights, if it has any. */
  readonly recovered: string;
  readonly modelDirectory: string;
  readonly format: OutputFormat;
  readonly ggufFloats: FloatFormat;
  readonly path: string;
  readonly overwrite: boolean;
}

export interface ExportedModel {
  readonly format: OutputFormat;
  readonly path: string;
  /** What the user should know about the files; sentences. */
  readonly notes: readonly string[];
}

/**
 * Applies a plan to its original checkpoint and writes the result, streamed.
 * @param signal stops the writing, which then leaves nothing
 * @param watch told the share that is written, 0 to 1
 * @throws BonsaiError MODEL_REVISION_MISMATCH, PLAN_INVALID, OUTPUT_EXISTS, OUTPUT_FAILED, LAYOUT_NOT_SUPPORTED, CANCELLED
 */
export async function exportModel(
  request: ExportRequest,
  signal: AbortSignal,
  watch: (share: number) => void,
): Promise<ExportedModel> {
  const { plan, format, path, overwrite, ggufFloats } = request;
  const onProgress = (share: number): void => {
    throwIfCancelled(signal);
    watch(share);
  };
  const { cut } = planCut(plan);
  const checkpoint = await openPlanned(request, cut);
  try {
    if (format === 'hf') {
      const result = await writeHuggingFace({ checkpoint, cut, directory: path, overwrite, onProgress });
      return { format, path, notes: layoutNotes(result) };
    }
    const { notes } = await writeGguf({ checkpoint, cut, path, overwrite, floats: ggufFloats, onProgress });
    return { format, path, notes: [...notes, ...(await sizeNotes(request))] };
  } finally {
    await checkpoint.close();
  }
}

/** The checkpoint that the plan was made for, with its recovered weights. */
async function openPlanned({ plan, modelDirectory, recovered }: ExportRequest, cut: UnitSet): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(modelDirectory);
  try {
    checkRevision(plan, checkpoint.revision);
    await checkRecovered(plan, recovered);
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
  return weightsDigestOf(plan) === undefined ? checkpoint : openRecovered(checkpoint, cut, recovered);
}

/** Of a file that its plan limits: what stands in for whole blocks is in no unit. */
async function sizeNotes({ plan: { settings }, ggufFloats, path }: ExportRequest): Promise<string[]> {
  const { EXPORT_FORMAT_GGUF_F16, EXPORT_FORMAT_GGUF_F32 } = planProto.ExportFormat;
  const format = ggufFloats === 'f16' ? EXPORT_FORMAT_GGUF_F16 : EXPORT_FORMAT_GGUF_F32;
  if (settings === undefined || settings.targetBytes === 0 || settings.targetFormat !== format) return [];
  const excess = (await stat(path)).size - settings.targetBytes;
  if (excess <= 0) return [];
  return [
    `The GGUF file is ${excess} ${excess === 1 ? 'byte' : 'bytes'} larger than the limit, by zeros that llama.cpp wants in place ` +
      'of whole blocks; prune with --min-neurons 1 --min-kv-groups 1 to keep something of each.',
  ];
}

function layoutNotes({ layout }: HuggingFaceResult): string[] {
  if (layout === 'uniform') return [];
  return [
    'The layers have different widths, which stock configs cannot say: in the Hugging Face files removed units are zeros ' +
      'in a model of the original size. Prune with --layout uniform for files that are smaller.',
  ];
}
