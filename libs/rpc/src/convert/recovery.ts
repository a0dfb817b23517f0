import type { ModuleName, RecoveryMethod, RecoveryRecipe, RecoveryTrial } from '@bonsai/pruning';
import { BonsaiError, invalidArgument } from '@bonsai/support';
import type {
  ModuleName as ModuleNameMessage,
  Recovery as RecoveryMessage,
  RecoveryTrial as RecoveryTrialMessage,
} from '../gen/bonsai/v1/recovery.ts';
import { MODULE_KINDS, RECOVERY_METHODS } from './enum-tables.ts';

export function packRecovery({ method, ridge, modules }: RecoveryRecipe): RecoveryMessage {
  return { method: RECOVERY_METHODS.toWire(method), ridge, modules: modules.map(packModule) };
}

/** @throws BonsaiError REQUEST_INVALID naming the field below `field`, SETTING_INVALID for the ridge */
export function unpackRecovery({ method, ridge, modules }: RecoveryMessage, field: string): RecoveryRecipe {
  const unpacked = RECOVERY_METHODS.toDomain(method, `${field}.method`);
  return {
    method: unpacked,
    ridge: checkRidge(unpacked, ridge, `${field}.ridge`),
    modules: modules.map((module, i) => unpackModule(module, `${field}.modules[${i}]`)),
  };
}

/** The ridge, in a method that has one. @throws BonsaiError SETTING_INVALID */
export function checkRidge(method: RecoveryMethod, ridge: number, field: string): number {
  if (method === 'bias') return 0;
  if (ridge > 0 && Number.isFinite(ridge)) return ridge;
  throw invalidArgument('SETTING_INVALID', field, 'Set the ridge to a share above 0, such as 0.01.');
}

export function packTrial({ module, nllBefore, nllAfter, accepted }: RecoveryTrial): RecoveryTrialMessage {
  return { module: packModule(module), nllBefore, nllAfter, accepted };
}

/** @throws BonsaiError INTERNAL if a part is missing */
export function unpackTrial(message: RecoveryTrialMessage | undefined): RecoveryTrial {
  if (message?.module === undefined) {
    const text = 'The scorer sent a trial without its module; use a scorer of the same version.';
    throw new BonsaiError(text, { code: 'INTERNAL', reason: 'INTERNAL' });
  }
  const { module, nllBefore, nllAfter, accepted } = message;
  return { module: unpackModule(module, 'trial.module'), nllBefore, nllAfter, accepted };
}

function packModule({ layer, kind }: ModuleName): ModuleNameMessage {
  return { layer, kind: MODULE_KINDS.toWire(kind) };
}

function unpackModule({ layer, kind }: ModuleNameMessage, field: string): ModuleName {
  return { layer, kind: MODULE_KINDS.toDomain(kind, `${field}.kind`) };
}
