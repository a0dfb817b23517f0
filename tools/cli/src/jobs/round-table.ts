import { planProto } from '@bonsai/rpc';
import { formatCount, formatTable } from '../output/format.ts';

const { Metric } = planProto;

const head = (loss: string): string[] => [
  'round',
  'masks',
  'tokens',
  `${loss} before`,
  'LOO R²',
  'without top module',
  "Kendall's tau",
  'KV groups',
  'query heads',
  'neurons',
];
const decimal = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(3));

/** What every round learned and removed, for people. */
export function roundTable(
  rounds: readonly planProto.RoundEvidence[],
  settings: planProto.PlanSettings | undefined,
): string {
  const isNll = settings?.metric === Metric.METRIC_NLL;
  const rows = rounds.map((round) => [
    String(round.round),
    String(round.masks),
    formatCount(round.forwardTokens),
    isNll ? Math.exp(round.baseNll).toFixed(2) : round.baseNll.toFixed(4),
    decimal(round.looR2),
    decimal(round.looR2WithoutTopModule),
    decimal(round.kendallTau),
    `-${round.removedKvGroups}`,
    `-${round.removedQueryHeads}`,
    `-${round.removedFfnNeurons}`,
  ]);
  return formatTable([head(isNll ? 'ppl' : 'loss'), ...rows]);
}
