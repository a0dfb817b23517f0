import type { StatisticKind } from '@bonsai/pruning';
import { PRECISIONS, STATISTIC_KINDS } from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
import { invalidArgument } from '@bonsai/support';
import type { AdapterDescription } from './session/compute-device.ts';
import type { CachedModel } from './session/model-cache.ts';

/** @throws BonsaiError REQUEST_INVALID if there are none or one is unknown */
export function statisticKinds(messages: readonly scoringProto.StatisticKind[], field: string): StatisticKind[] {
  if (messages.length === 0) throw invalidArgument('REQUEST_INVALID', field, 'Say which statistics to collect.');
  return messages.map((message, i) => STATISTIC_KINDS.toDomain(message, `${field}[${i}]`));
}

export function adapterMessage(adapter: AdapterDescription): scoringProto.AdapterInfo {
  return { ...adapter, features: [...adapter.features], limits: wholeNumbers(adapter.limits) };
}

/** The wire has 64 bits; a limit that JavaScript cannot state exactly means "no limit worth mentioning". */
function wholeNumbers(limits: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [name, Math.min(value, Number.MAX_SAFE_INTEGER)]),
  );
}

export function loadedModelMessage(cached: CachedModel): scoringProto.LoadedModel {
  return {
    path: cached.path,
    revision: cached.revision,
    baseDigest: cached.cutDigest,
    precision: PRECISIONS.toWire(cached.precision),
    weightBytes: cached.model.weightBytes,
  };
}
