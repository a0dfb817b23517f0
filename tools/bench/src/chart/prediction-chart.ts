import type { MaskFit, MethodRun } from '../method-run.ts';
import { linearAxis, rangeOf } from './axis.ts';
import { drawFrame } from './frame.ts';
import type { Frame } from './frame.ts';
import { element, svgDocument } from './svg.ts';

const COLUMNS = 4;
const CELL = 250;
const MARGIN = { left: 66, right: 14, top: 34, bottom: 48 };

/** What left-out masks were predicted to do against what they did: a square per round, points on the diagonal are right. */
export function predictionChart({ maskFits }: Pick<MethodRun, 'maskFits'>): string {
  const rows = Math.ceil(maskFits.length / COLUMNS);
  const squares = maskFits.flatMap((fits, round) => {
    const left = (round % COLUMNS) * CELL;
    const top = Math.floor(round / COLUMNS) * CELL;
    return drawRound(fits, round, {
      left: left + MARGIN.left,
      right: left + CELL - MARGIN.right,
      top: top + MARGIN.top,
      bottom: top + CELL - MARGIN.bottom,
    });
  });
  return svgDocument(COLUMNS * CELL, rows * CELL, squares);
}

function drawRound(fits: readonly MaskFit[], round: number, frame: Frame): string[] {
  const range = rangeOf(fits.flatMap(({ predicted, measured }) => [predicted, measured]).filter(Number.isFinite));
  const x = linearAxis(range, [frame.left + 4, frame.right - 4], 4);
  const y = linearAxis(range, [frame.bottom - 4, frame.top + 4], 4);
  const labels = { title: `round ${round}`, x: 'predicted, nats per token', y: 'measured' };
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
