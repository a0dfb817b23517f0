/** An SVG element: a name, attributes, children. Text children are escaped, numbers rounded to a hundredth. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly string[]
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(shown(value))}"`);
  return children.length === 0
    ? `<${name}${written.join('')}/>`
    : `<${name}${written.join('')}>${children.join('')}</${name}>`;
}

export function text(
  x: number,
  y: number,
  content: string,
  attributes: Readonly<Record<string, string | number>> = {},
): string {
  return element('text', { x, y, ...attributes }, escaped(content));
}

export function polyline(
  points: readonly (readonly [x: number, y: number])[],
  attributes: Readonly<Record<string, string | number>>,
): string {
  return element('polyline', { points: pointList(points), fill: 'none', ...attributes });
}

export function polygon(
  points: readonly (readonly [x: number, y: number])[],
  attributes: Readonly<Record<string, string | number>>,
): string {
  return element('polygon', { points: pointList(points), ...attributes });
}

/** A whole document, on white, so that it can be read on dark pages. */
export function svgDocument(width: number, height: number, children: readonly string[]): string {
  const root = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height };
  const font = { 'font-family': 'sans-serif', 'font-size': 12 };
  const background = element('rect', { width, height, fill: 'white' });
  return `${element('svg', { ...root, ...font }, `\n${[background, ...children].join('\n')}\n`)}\n`;
}

const pointList = (points: readonly (readonly [x: number, y: number])[]): string =>
  points.map(([x, y]) => `${shown(x)},${shown(y)}`).join(' ');

const shown = (value: string | number): string =>
  typeof value === 'string' ? value : String(Math.round(100 * value) / 100);

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (content: string): string => content.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
