import type { PruningResult, RoundResult } from '@bonsai/cli';

const decimal = (value: number | undefined): string => (value === undefined ? '-' : value.toFixed(3)).padStart(14);

const roundLine = ({ round, masks, looR2, kendallTau }: RoundResult): string =>
  `${String(round).padStart(5)}${String(masks).padStart(8)}${decimal(looR2)}${decimal(kendallTau)}`;

/** What was seen, beside random pruning of the same size. */
export function demoReport(pruned: PruningResult, random: PruningResult, model: string, seconds: number): string {
  const share = (100 * pruned.sparsity).toFixed(1);
  return [
    '',
    'How well the fits predicted masks that they had not seen:',
    'round   masks        LOO R²  Kendall tau',
    ...pruned.rounds.map(roundLine),
    '',
    `Perplexity on held-out text, with ${share} % of the prunable parameters removed:`,
    `  whole model       ${pruned.perplexity.before.toFixed(2)}`,
    `  Bonsai            ${pruned.perplexity.after.toFixed(2)}`,
    `  random pruning    ${random.perplexity.after.toFixed(2)}`,
    '',
    'Written:',
    ...pruned.files.map((file) => `  ${file}`),
    '',
    `That took ${Math.round(seconds)} s. The GGUF file opens in llama.cpp, the hf folder in transformers.`,
    'Your own model, in one command:',
    '  npx bonsai prune --model DIR --calibration FILE --sparsity 0.5 --method prior-only --recover lsq --rounds 5 --out DIR',
    `where DIR holds a Hugging Face checkpoint, as ${model} does, and FILE is text like what it will be used on.`,
  ].join('\n');
}
