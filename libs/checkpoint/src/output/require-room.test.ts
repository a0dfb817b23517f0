import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { requireRoom } from './require-room.ts';

describe('requireRoom', () => {
  it('lets pass what fits', async () => {
    await expect(requireRoom(tmpdir(), 0, 'No files')).resolves.toBeUndefined();
  });

  it('names the folder, and what it takes to have another one', async () => {
    const refused = requireRoom(tmpdir(), 1e18, 'Files');
    await expect(refused).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'OUTPUT_FAILED',
      field: tmpdir(),
    });
    await expect(refused).rejects.toThrow(`Files take 1000000000.0 GB in ${tmpdir()}`);
    await expect(refused).rejects.toThrow('TMPDIR');
  });
});
