import type { ModuleName, RecoveryMethod, RecoveryRecipe, RecoveryTrial } from '@bonsai/pruning';
import { BonsaiError, invalidArgument } from '@bonsai/support';
import { ModuleKind, RecoveryMethod as Method } from '../gen/bonsai/v1/recovery.ts';
import type {
  ModuleName as ModuleNameMessage,
  Recovery as RecoveryMessage,
  RecoveryTrial as RecoveryTrialMessage,
} from '../gen/bonsai/v1/recovery.ts';

const KINDS: Readonly<Record<ModuleName['kind'], ModuleKind>> = {
  attention: ModuleKind.MODULE_KIND_ATTENTION,
  ffn: ModuleKind.MODULE_KIND_FFN,
  finalNorm: ModuleKind.MODULE_KIND_FINAL_NORM,
};

const METHODS: Readonly<Record<RecoveryMethod, Method>> = {
  leastSquares: Method.RECOVERY_METHOD_LEAST_SQUARES,
  alignedLeastSquares: Method.RECOVERY_METHOD_ALIGNED_LEAST_SQUARES,
  bias: Method.RECOVERY_METHOD_BIAS,
};

export function packRecovery({ method, ridge, modules }: RecoveryRecipe): RecoveryMessage {
  return { method: METHODS[method], ridge, modules: modules.map(packModule) };
}

/** @throws BonsaiError REQUEST_INVALID naming the field below `field`, SETTING_INVALID for the ridge */
export function unpackRecovery({ method, ridge, modules }: RecoveryMessage, field: string): RecoveryRecipe {
  const unpacked = unpackRecoveryMethod(method, `${field}.method`);
  return {
    method: unpacked,
    ridge: checkRidge(unpacked, ridge, `${field}.ridge`),
    modules: modules.map((module, i) => unpackModule(module, `${field}.modules[${i}]`)),
  };
}

export function packRecoveryMethod(method: RecoveryMethod): Method {
  return METHODS[method];
}

/** @throws BonsaiError REQUEST_INVALID */
export function unpackRecoveryMethod(asked: Method, field: string): RecoveryMethod {
  const found = Object.entries(METHODS).find(([, method]) => method === asked);
  if (found !== undefined) return found[0] as RecoveryMethod;
  const message = 'Choose the recovery method ALIGNED_LEAST_SQUARES, LEAST_SQUARES or BIAS.';
  throw invalidArgument('REQUEST_INVALID', field, message);
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
  return { layer, kind: KINDS[kind] };
}

function unpackModule({ layer, kind }: ModuleNameMessage, field: string): ModuleName {
  const found = Object.entries(KINDS).find(([, moduleKind]) => moduleKind === kind);
  if (found !== undefined) return { layer, kind: found[0] as ModuleName['kind'] };
  throw invalidArgument('REQUEST_INVALID', `${field}.kind`, 'Choose the module ATTENTION, FFN or FINAL_NORM.');
}
