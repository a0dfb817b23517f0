import { describe, expect, it } from '@jest/globals';
import { demoShelves, splitText } from './demo-text.ts';

describe('the text of the demo', () => {
  it('holds out every tenth document of every shelf, and no other', () => {
    const documents = (shelf: string): string[] => Array.from({ length: 21 }, (_, i) => `${shelf}${i}`);
    const { calibration, heldOut } = splitText([documents('a'), documents('b')]);
    expect(heldOut.split('\n\n')).toEqual(['a9', 'a19', 'b9', 'b19']);
    const used = calibration.split('\n\n');
    expect(used).toHaveLength(38);
    expect(used.filter((name) => heldOut.split('\n\n').includes(name))).toEqual([]);
  });

  it('is real English in two shelves', () => {
    const shelves = demoShelves();
    expect(shelves.map((documents) => documents.length)).toEqual([233, 139]);
    const { calibration, heldOut } = splitText(shelves);
    expect(heldOut).toContain('the');
    expect(heldOut.length).toBeGreaterThan(0.05 * calibration.length);
  });
});
