import type { MethodSummary } from '../method-table.ts';
import { labelOf } from '../variants.ts';
import { linearAxis, logAxis, rangeOf } from './axis.ts';
import type { Axis } from './axis.ts';
import { drawFrame } from './frame.ts';
import type { Frame, FrameLabels } from './frame.ts';
import { element, polygon, polyline, svgDocument, text } from './svg.ts';

const FRAME: Frame = { left: 70, right: 640, top: 36, bottom: 470 };
const LEGEND = { left: FRAME.right + 16, label: FRAME.right + 48, line: 17, letter: 7 };

/** Lines are told apart by colour, and by dashes once colours repeat. */
const COLOURS = ['#1b6ca8', '#d1495b', '#2e933c', '#edae49', '#7b4b94', '#00798c', '#8d5b4c', '#555555'];
const DASHES = ['none', '6 3', '2 3'];

const LABELS: FrameLabels = {
  title: 'Perplexity on text that no method has seen (band: one standard deviation over seeds)',
  x: 'share of the prunable parameters removed',
  y: 'perplexity',
};

/** Perplexity (logarithmic) against the share that was asked for: a line per variant, a band of one standard deviation. */
export function perplexityChart(summaries: readonly MethodSummary[], densePerplexity: number): string {
  const variants = [...new Set(summaries.map(({ variant }) => variant))];
  const values = summaries.flatMap((summary) => [...bandOf(summary), summary.perplexity.mean]).filter(isDrawable);
  const sparsities = summaries.map(({ sparsity }) => sparsity);
  const x = linearAxis(rangeOf(sparsities), [FRAME.left + 20, FRAME.right - 20]);
  const y = logAxis(rangeOf([densePerplexity, ...values]), [FRAME.bottom - 8, FRAME.top + 8]);
  const height = Math.max(FRAME.bottom + 50, FRAME.top + LEGEND.line * (variants.length + 2));
  const longest = variants.reduce((most, variant) => Math.max(most, labelOf(variant).length), 0);
  return svgDocument(LEGEND.label + LEGEND.letter * longest, height, [
    ...drawFrame(FRAME, x, y, LABELS, (tick) => `${Math.round(100 * tick)} %`),
    ...wholeModelLine(densePerplexity, y),
    ...variants.flatMap((variant, index) => {
      const ofVariant = summaries.filter((summary) => summary.variant === variant);
      return variantLine(ofVariant, x, y, styleOf(index));
    }),
    ...variants.flatMap((variant, index) => legendLine(variant, index)),
  ]);
}

function wholeModelLine(perplexity: number, axis: Axis): string[] {
  const y = axis.position(perplexity);
  const ends = { x1: FRAME.left, x2: FRAME.right, y1: y, y2: y };
  return [
    element('line', { ...ends, stroke: 'black', 'stroke-dasharray': '1 3' }),
    // On the right, where the lines are far above.
    text(FRAME.right - 6, y - 4, `whole model: ${perplexity.toFixed(2)}`, { 'text-anchor': 'end' }),
  ];
}

/** A variant's line with its points, over its band. */
function variantLine(summaries: readonly MethodSummary[], x: Axis, y: Axis, style: LineStyle): string[] {
  const points = summaries
    .filter(({ perplexity }) => isDrawable(perplexity.mean))
    .sort((a, b) => a.sparsity - b.sparsity);
  const through = (valueOf: (summary: MethodSummary) => number): [number, number][] =>
    points.map((summary) => [x.position(summary.sparsity), y.position(valueOf(summary))]);
  const upper = through((summary) => bandOf(summary)[1]);
  const lower = through((summary) => bandOf(summary)[0]);
  const middle = through(({ perplexity }) => perplexity.mean);
  return [
    polygon([...upper, ...lower.toReversed()], { fill: style.stroke, 'fill-opacity': 0.12 }),
    polyline(middle, style),
    ...middle.map(([cx, cy]) => element('circle', { cx, cy, r: 3, fill: style.stroke })),
  ];
}

/** One standard deviation around the mean; below, at least half the mean, for the logarithm's sake. */
function bandOf({ perplexity: { mean, deviation = 0 } }: MethodSummary): [low: number, high: number] {
  return [Math.max(mean / 2, mean - deviation), mean + deviation];
}

const isDrawable = (value: number): boolean => Number.isFinite(value) && value > 0;

type LineStyle = ReturnType<typeof styleOf>;

function styleOf(index: number): { stroke: string; 'stroke-width': number; 'stroke-dasharray': string } {
  const stroke = COLOURS[index % COLOURS.length] ?? 'black';
  const dashes = DASHES[Math.floor(index / COLOURS.length) % DASHES.length] ?? 'none';
  return { stroke, 'stroke-width': 2, 'stroke-dasharray': dashes };
}

function legendLine(variant: string, index: number): string[] {
  const y = FRAME.top + LEGEND.line * (index + 0.5);
  return [
    element('line', { x1: LEGEND.left, x2: LEGEND.label - 6, y1: y, y2: y, ...styleOf(index) }),
    text(LEGEND.label, y + 4, labelOf(variant)),
  ];
}
