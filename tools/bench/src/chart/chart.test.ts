import { describe, expect, it } from '@jest/globals';
import { linearAxis, logAxis } from './axis.ts';
import { perplexityChart } from './perplexity-chart.ts';
import { predictionChart } from './prediction-chart.ts';
import { element, text } from './svg.ts';

describe('axes', () => {
  it('place the ends of a linear range on the ends of the line, with round ticks between', () => {
    const axis = linearAxis([0.2, 0.5], [0, 300]);
    expect([axis.position(0.2), axis.position(0.5)]).toEqual([0, 300]);
    expect(axis.ticks).toEqual([0.2, 0.3, 0.4, 0.5]);
  });

  it('place equal factors at equal distances on a logarithmic one', () => {
    const axis = logAxis([1, 100], [200, 0]);
    expect(axis.position(10)).toBeCloseTo(100, 9);
    expect(axis.ticks).toEqual([1, 2, 5, 10, 20, 50, 100]);
  });

  it('survive a range of one value', () => {
    expect(linearAxis([3, 3], [0, 10]).position(3)).toBe(5);
    expect(logAxis([10, 10], [0, 10]).position(10)).toBe(5);
  });
});

describe('svg', () => {
  it('escapes what has a meaning in XML', () => {
    expect(text(1.239, 2, 'a < b & "c"')).toBe('<text x="1.24" y="2">a &lt; b &amp; &quot;c&quot;</text>');
    expect(element('g', {})).toBe('<g/>');
  });
});

describe('charts', () => {
  const summary = (variant: string, sparsity: number, mean: number) => ({
    ...{ variant, sparsity, achievedSparsity: sparsity, seeds: [0], perplexities: [mean] },
    ...{ forwardTokens: 1, kl: { mean: 1, deviation: 0 }, seconds: 1, gpuMemoryPeakBytes: 1 },
    perplexity: { mean, deviation: 1 },
  });

  it('have a line, a band and a legend entry per variant, and leave out what is not finite', () => {
    const svg = perplexityChart(
      [summary('flap', 0.2, 9), summary('flap', 0.5, 54), summary('random', 0.5, Infinity)],
      4,
    );
    expect(svg.match(/<polyline/g)).toHaveLength(2);
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg).toContain('>random</text>');
    expect(svg).not.toMatch(/NaN|Infinity/);
  });

  it('have a square per round with a point per mask', () => {
    const fits = [
      { predicted: 0.5, measured: 0.4 },
      { predicted: 0.1, measured: 0.2 },
    ];
    const run = { variant: 'bonsai:recover=lsq:recover-when=at-end', sparsity: 0.5, seed: 3 };
    const svg = predictionChart({ ...run, maskFits: [fits, fits, fits, fits, fits] });
    expect(svg.match(/<circle/g)).toHaveLength(10);
    expect(svg).toContain('bonsai + lsq at 50 %, seed 3');
    // Residuals of 0.1 beside deviations of 0.1 from the mean; the order is right.
    expect(svg).toContain('>round 4: R² 0.00, tau 1.00</text>');
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
