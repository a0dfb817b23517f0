import { kendallTau, rSquared } from '@bonsai/pruning';
import type { MaskFit } from '@bonsai/pruning';
import { labelOf } from '../variants.ts';
import type { MethodRun, RunKey } from '../method-run.ts';
import { linearAxis, rangeOf } from './axis.ts';
import { drawFrame } from './frame.ts';
import type { Frame } from './frame.ts';
import { element, svgDocument, text } from './svg.ts';

/** Squares beside each other, and their size with labels. */
const COLUMNS = 4;
const CELL = 250;
const HEADING = 24;
const MARGIN = { left: 66, right: 14, top: 34, bottom: 48 };

export type FittedRun = RunKey & Pick<MethodRun, 'maskFits'>;

/** What left-out masks were predicted to do against what they did: a square per round, points on the diagonal are right. */
export function predictionChart({ variant, sparsity, seed, maskFits }: FittedRun): string {
  const rows = Math.ceil(maskFits.length / COLUMNS);
  const squares = maskFits.flatMap((fits, round) => {
    const left = (round % COLUMNS) * CELL;
    const top = HEADING + Math.floor(round / COLUMNS) * CELL;
    return drawRound(fits, round, {
      left: left + MARGIN.left,
      right: left + CELL - MARGIN.right,
      top: top + MARGIN.top,
      bottom: top + CELL - MARGIN.bottom,
    });
  });
  const of = `${labelOf(variant)} at ${Math.round(100 * sparsity)} %, seed ${seed}: masks left out of the fit`;
  const heading = text(COLUMNS * (CELL / 2), HEADING - 6, of, { 'text-anchor': 'middle', 'font-weight': 'bold' });
  return svgDocument(COLUMNS * CELL, HEADING + rows * CELL, [heading, ...squares]);
}

/** How well left-out masks were predicted, in one line. */
function titleOf(fits: readonly MaskFit[], round: number): string {
  const [measured, predicted] = [fits.map((fit) => fit.measured), fits.map((fit) => fit.predicted)];
  const [responses, predictions] = [Float64Array.from(measured), Float64Array.from(predicted)];
  const [r2, tau] = [rSquared(responses, predictions), kendallTau(responses, predictions)];
  return `round ${round}: R² ${r2.toFixed(2)}, tau ${tau.toFixed(2)}`;
}

function drawRound(fits: readonly MaskFit[], round: number, frame: Frame): string[] {
  const range = rangeOf(fits.flatMap(({ predicted, measured }) => [predicted, measured]).filter(Number.isFinite));
  const x = linearAxis(range, [frame.left + 4, frame.right - 4], 4);
  const y = linearAxis(range, [frame.bottom - 4, frame.top + 4], 4);
  const labels = { title: titleOf(fits, round), x: 'predicted, nats per token', y: 'measured' };
  return [
    ...drawFrame(frame, x, y, labels, String),
    element('line', {
      ...{ x1: x.position(range[0]), y1: y.position(range[0]), x2: x.position(range[1]), y2: y.position(range[1]) },
      stroke: '#999999',
    }),
    ...fits.map(({ predicted, measured }) =>
      element('circle', {
        cx: x.position(predicted),
        cy: y.position(measured),
        r: 2.5,
        fill: '#1b6ca8',
        'fill-opacity': 0.6,
      }),
    ),
  ];
}
