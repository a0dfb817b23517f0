import type { planProto } from '@bonsai/rpc';
import { formatCount, formatTable } from '../output/format.ts';

const HEAD = [
  'round',
  'masks',
  'tokens',
  'ppl before',
  'LOO R²',
  'without top module',
  "Kendall's tau",
  'KV groups',
  'neurons',
];
const decimal = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(3));

/** What every round learned and removed, for people. */
export function roundTable(rounds: readonly planProto.RoundEvidence[]): string {
  const rows = rounds.map((round) => [
    String(round.round),
    String(round.masks),
    formatCount(round.forwardTokens),
    Math.exp(round.baseNll).toFixed(2),
    decimal(round.looR2),
    decimal(round.looR2WithoutTopModule),
    decimal(round.kendallTau),
    `-${round.removedKvGroups}`,
    `-${round.removedFfnNeurons}`,
  ]);
  return formatTable([HEAD, ...rows]);
}
