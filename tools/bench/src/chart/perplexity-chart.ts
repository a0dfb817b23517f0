import type { MethodSummary } from '../method-table.ts';
import { linearAxis, logAxis, rangeOf } from './axis.ts';
import { drawFrame } from './frame.ts';
import type { Frame } from './frame.ts';
import { element, polygon, polyline, svgDocument, text } from './svg.ts';

const WIDTH = 940;
const FRAME: Frame = { left: 70, right: 640, top: 36, bottom: 470 };
const LEGEND_LINE = 17;

/** Lines are told apart by colour, and by dashes once colours repeat. */
const COLOURS = ['#1b6ca8', '#d1495b', '#2e933c', '#edae49', '#7b4b94', '#00798c', '#8d5b4c', '#555555'];
const DASHES = ['none', '6 3', '2 3'];

/** Perplexity (logarithmic) against the share that was asked for: a line per variant, a band of one standard deviation. */
export function perplexityChart(summaries: readonly MethodSummary[], densePerplexity: number): string {
  const variants = [...new Set(summaries.map(({ variant }) => variant))];
  const values = summaries.flatMap((summary) => [...bandOf(summary), summary.perplexity.mean]).filter(isDrawable);
  const sparsities = summaries.map(({ sparsity }) => sparsity);
  const x = linearAxis(rangeOf(sparsities), [FRAME.left + 20, FRAME.right - 20]);
  const y = logAxis(rangeOf([densePerplexity, ...values]), [FRAME.bottom - 8, FRAME.top + 8]);
  const labels = {
    title: 'Perplexity on text that no method has seen (band: one standard deviation over seeds)',
    x: 'share of the prunable parameters removed',
    y: 'perplexity',
  };
  const dense = y.position(densePerplexity);
  const lines = variants.flatMap((variant, index) => {
    const style = styleOf(index);
    const points = summaries
      .filter((summary) => summary.variant === variant && isDrawable(summary.perplexity.mean))
      .sort((a, b) => a.sparsity - b.sparsity);
    const at = (summary: MethodSummary, value: number): [number, number] => [
      x.position(summary.sparsity),
      y.position(value),
    ];
    const upper = points.map((summary) => at(summary, bandOf(summary)[1]));
    const lower = points.map((summary) => at(summary, bandOf(summary)[0]));
    const middle = points.map((summary) => at(summary, summary.perplexity.mean));
    return [
      polygon([...upper, ...lower.toReversed()], { fill: style.stroke, 'fill-opacity': 0.12 }),
      polyline(middle, style),
      ...middle.map(([cx, cy]) => element('circle', { cx, cy, r: 3, fill: style.stroke })),
    ];
  });
  const height = Math.max(FRAME.bottom + 50, FRAME.top + LEGEND_LINE * (variants.length + 2));
  return svgDocument(WIDTH, height, [
    ...drawFrame(FRAME, x, y, labels, (tick) => `${Math.round(100 * tick)} %`),
    element('line', {
      x1: FRAME.left,
      x2: FRAME.right,
      y1: dense,
      y2: dense,
      stroke: 'black',
      'stroke-dasharray': '1 3',
    }),
    text(FRAME.left + 6, dense - 4, `whole model: ${densePerplexity.toFixed(2)}`),
    ...lines,
    ...variants.flatMap((variant, index) => legendLine(variant, index)),
  ]);
}

/** One standard deviation around the mean; below, at least half the mean, for the logarithm's sake. */
function bandOf({ perplexity: { mean, deviation = 0 } }: MethodSummary): [low: number, high: number] {
  return [Math.max(mean / 2, mean - deviation), mean + deviation];
}

const isDrawable = (value: number): boolean => Number.isFinite(value) && value > 0;

function styleOf(index: number): { stroke: string; 'stroke-width': number; 'stroke-dasharray': string } {
  const stroke = COLOURS[index % COLOURS.length] ?? 'black';
  const dashes = DASHES[Math.floor(index / COLOURS.length) % DASHES.length] ?? 'none';
  return { stroke, 'stroke-width': 2, 'stroke-dasharray': dashes };
}

function legendLine(variant: string, index: number): string[] {
  const left = FRAME.right + 16;
  const y = FRAME.top + LEGEND_LINE * (index + 0.5);
  return [
    element('line', { x1: left, x2: left + 26, y1: y, y2: y, ...styleOf(index) }),
    text(left + 32, y + 4, variant),
  ];
}
