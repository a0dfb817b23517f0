import { packModelShape, unpackModelShape } from '@bonsai/rpc';
import type { planProto } from '@bonsai/rpc';
import type { ModelDescription } from '../jobs/job.ts';

/** @throws BonsaiError REQUEST_INVALID if the scorer left the shape out */
export function modelFromMessage(message: planProto.PlanModel): ModelDescription {
  const { revision, family, shape } = message;
  return {
    revision,
    family,
    shape: unpackModelShape(shape, 'model.shape'),
    vocabSize: shape?.vocabSize ?? 0,
    contextLength: shape?.contextLength ?? 0,
    otherParameters: shape?.otherParameters ?? 0,
  };
}

export function modelToMessage({ revision, family, shape, ...sizes }: ModelDescription): planProto.PlanModel {
  return { revision, family, shape: packModelShape(shape, sizes) };
}
