import { describe, expect, it } from '@jest/globals';
import { ScorerLog } from './scorer-log.ts';

describe('ScorerLog', () => {
  it('shows the last lines, once', () => {
    let written = '';
    const log = new ScorerLog({ out: () => undefined, err: (text) => (written += text), interactive: false });
    for (let i = 1; i <= 25; i++) log.add(`line ${i}`);
    expect(written).toBe('');
    log.show('The scorer ended.');
    expect(written.split('\n')).toEqual([
      'The scorer ended. The end of its log:',
      ...Array.from({ length: 20 }, (_, i) => `  line ${i + 6}`),
      '',
    ]);
    written = '';
    log.show('It ended again.');
    expect(written).toBe('It ended again.\n');
  });
});
