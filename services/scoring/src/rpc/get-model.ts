import { ggufSize, modelShape, otherParameters } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { EXPORT_FORMATS, PRECISIONS, packModelShape } from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
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
      exportSize: await exportSize(checkpoint, request),
      precision: PRECISIONS.toWire(precisionOf(context, model, checkpoint, 'model.precision')),
    };
  } finally {
    await checkpoint.close();
  }
}

/** @throws BonsaiError REQUEST_INVALID for an unknown format */
async function exportSize(
  checkpoint: Checkpoint,
  { exportFormat, recoversBiases }: scoringProto.GetModelRequest,
): Promise<scoringProto.ExportSize | undefined> {
  const known = EXPORT_FORMATS.toDomainOr(exportFormat, undefined, 'export_format');
  if (known === undefined) return undefined;
  const floats = known === 'ggufF16' ? 'f16' : 'f32';
  const { widthsMayDiffer, ...costs } = await ggufSize(checkpoint, floats, { recoversBiases });
  return { costs, widthsMayDiffer };
}
