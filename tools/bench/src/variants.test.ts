import { describe, expect, it } from '@jest/globals';
import { labelOf, parseVariants } from './variants.ts';

describe('variants', () => {
  it('are methods with options of bonsai prune', () => {
    expect(parseVariants('flap, bonsai:prior=obs:without=probes,paper:dry-run')).toEqual([
      { name: 'flap', args: ['--method', 'flap'] },
      {
        name: 'bonsai:prior=obs:without=probes',
        args: ['--method', 'bonsai', '--prior', 'obs', '--without', 'probes'],
      },
      { name: 'paper:dry-run', args: ['--method', 'paper', '--dry-run'] },
    ]);
  });

  it('may have another effort than the comparison', () => {
    expect(parseVariants('blockpruner:windows=20')).toEqual([
      { name: 'blockpruner:windows=20', args: ['--method', 'blockpruner', '--windows', '20'] },
    ]);
  });

  it('come with each recovery at the end, unless they name their own', () => {
    const names = parseVariants('flap,bonsai:recover=lsq', 'none,lsq').map(({ name }) => name);
    expect(names).toEqual(['flap', 'flap:recover=lsq:recover-when=at-end', 'bonsai:recover=lsq']);
  });

  it('are named in tables by their recovery, if it is at the end', () => {
    const labels = parseVariants('flap,bonsai:prior=obs,bonsai:recover=lsq', 'none,lsq').map(({ name }) =>
      labelOf(name),
    );
    const [flap, prior] = [
      ['flap', 'flap + lsq'],
      ['bonsai:prior=obs', 'bonsai:prior=obs + lsq'],
    ];
    expect(labels).toEqual([...flap, ...prior, 'bonsai:recover=lsq']);
  });

  it('come in presets, each variant once', () => {
    const names = parseVariants('published,paper,ours').map(({ name }) => name);
    expect(names).toEqual(['paper', 'paper-local', 'bonsai', 'bonsai:prior=obs']);
    expect(parseVariants('all').length).toBe(new Set(parseVariants('all').map(({ name }) => name)).size);
  });
});
