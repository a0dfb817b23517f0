import { PRECISIONS, planProto } from '@bonsai/rpc';
import type { Precision } from '../jobs/job-settings.ts';

export function precisionToMessage(precision: Precision): planProto.Precision {
  return precision === 'auto' ? planProto.Precision.PRECISION_UNSPECIFIED : PRECISIONS.toWire(precision);
}
