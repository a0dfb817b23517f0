import { describe, expect, it } from '@jest/globals';
import { ProgressLine } from './progress-line.ts';
import { ProgressMeter } from './progress-meter.ts';

const CLEAR = '\r\u001b[2K';

function watched(interactive: boolean): {
  meter: ProgressMeter;
  line: ProgressLine;
  pass: (ms: number) => void;
  err: () => string;
} {
  let written = '';
  let time = 5000;
  const line = new ProgressLine({ out: () => undefined, err: (text) => (written += text), interactive });
  const meter = new ProgressMeter(line, () => time);
  return { meter, line, pass: (ms) => (time += ms), err: () => written };
}

describe('progress', () => {
  it('rewrites one line on a terminal, with the time that is left once the pace is known', () => {
    const { meter, line, pass, err } = watched(true);
    meter.show('windows', 0, 64);
    pass(10);
    meter.show('windows', 1, 64);
    pass(15_990);
    meter.show('windows', 16, 64);
    meter.showShare('writing', 0.5);
    line.clear();
    expect(err().split(CLEAR)).toEqual([
      '',
      'windows 0 of 64',
      'windows 1 of 64',
      'windows 16 of 64 · ETA 48 s',
      'writing 50 % · ETA 16 s',
      '',
    ]);
  });

  it('is silent where nobody watches', () => {
    const { meter, line, pass, err } = watched(false);
    pass(5000);
    meter.show('windows', 1, 2);
    line.clear();
    expect(err()).toBe('');
  });
});
