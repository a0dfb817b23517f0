import type { RecoveryTrial } from '@bonsai/pruning';
import { packTrial, recoveryProto, unpackTrial } from '@bonsai/rpc';

/** As a PlanRecovery message with nothing but trials: its doubles have the bits that came. */
export function encodeTrials(trials: readonly RecoveryTrial[]): Uint8Array {
  const message = recoveryProto.PlanRecovery.fromPartial({ trials: trials.map(packTrial) });
  return recoveryProto.PlanRecovery.encode(message).finish();
}

export function decodeTrials(blob: Uint8Array): RecoveryTrial[] {
  return recoveryProto.PlanRecovery.decode(blob).trials.map(unpackTrial);
}
