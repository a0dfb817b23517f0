import type { Axis } from './axis.ts';
import { element, text } from './svg.ts';

/** Where data is drawn, in pixels; y grows downwards. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface FrameLabels {
  readonly title: string;
  readonly x: string;
  readonly y: string;
}

const GRID = { stroke: '#dddddd', 'stroke-width': 1 };

/** Grid, ticks and labels of a pair of axes. */
export function drawFrame(
  frame: Frame,
  x: Axis,
  y: Axis,
  labels: FrameLabels,
  format: (tick: number) => string,
): string[] {
  const { left, right, top, bottom } = frame;
  const middle = (left + right) / 2;
  const turned = { transform: `rotate(-90 ${left - 42} ${(top + bottom) / 2})`, 'text-anchor': 'middle' };
  return [
    ...x.ticks.flatMap((tick) => {
      const at = x.position(tick);
      return [
        element('line', { x1: at, x2: at, y1: top, y2: bottom, ...GRID }),
        text(at, bottom + 16, format(tick), { 'text-anchor': 'middle' }),
      ];
    }),
    ...y.ticks.flatMap((tick) => {
      const at = y.position(tick);
      return [
        element('line', { x1: left, x2: right, y1: at, y2: at, ...GRID }),
        text(left - 6, at + 4, String(tick), { 'text-anchor': 'end' }),
      ];
    }),
    element('rect', { x: left, y: top, width: right - left, height: bottom - top, fill: 'none', stroke: '#555555' }),
    text(middle, top - 10, labels.title, { 'text-anchor': 'middle', 'font-weight': 'bold' }),
    text(middle, bottom + 34, labels.x, { 'text-anchor': 'middle' }),
    text(left - 42, (top + bottom) / 2, labels.y, turned),
  ];
}
