import { ggufSize, modelShape, otherParameters } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { packModelShape } from '@bonsai/rpc';
import { planProto } from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
import { precisionMessage } from '../convert.ts';
import { requireModel } from '../models/open-target.ts';
import { precisionOf } from '../models/precision-of.ts';
import type { ScoringContext } from '../scoring-context.ts';

export async function getModel(
  context: ScoringContext,
  request: scoringProto.GetModelRequest,
): Promise<scoringProto.GetModelResponse> {
  const model = requireModel(request.model, 'model');
  const checkpoint = await context.models.open(model, 'model');
  try {
    const { config, revision, notes = [] } = checkpoint;
    const { vocabSize, contextLength } = config;
    return {
      revision,
      family: config.family,
      shape: packModelShape(modelShape(config), { vocabSize, contextLength, otherParameters: otherParameters(config) }),
      notes: [...notes],
      exportSize: await exportSize(checkpoint, request.exportFormat),
      precision: precisionMessage(precisionOf(context, model, checkpoint, 'model.precision')),
    };
  } finally {
    await checkpoint.close();
  }
}

async function exportSize(
  checkpoint: Checkpoint,
  format: planProto.ExportFormat,
): Promise<scoringProto.ExportSize | undefined> {
  const { EXPORT_FORMAT_GGUF_F16, EXPORT_FORMAT_GGUF_F32 } = planProto.ExportFormat;
  if (format !== EXPORT_FORMAT_GGUF_F16 && format !== EXPORT_FORMAT_GGUF_F32) return undefined;
  const floats = format === EXPORT_FORMAT_GGUF_F16 ? 'f16' : 'f32';
  const { widthsMayDiffer, ...costs } = await ggufSize(checkpoint, floats);
  return { costs, widthsMayDiffer };
}
