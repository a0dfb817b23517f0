import { modelShape, otherParameters } from '@bonsai/checkpoint';
import { packModelShape } from '@bonsai/rpc';
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
      precision: precisionMessage(precisionOf(context, model, checkpoint, 'model.precision')),
    };
  } finally {
    await checkpoint.close();
  }
}
