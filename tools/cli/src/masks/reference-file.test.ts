import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { readMasksFile, readWindowsFile } from './reference-file.ts';

const temporary = useTemporaryDirectory();

async function file(content: string): Promise<string> {
  const path = temporary.path('file.json');
  await writeFile(path, content);
  return path;
}

describe('the windows and masks file', () => {
  it('reads windows and masks by layer', async () => {
    const path = await file(
      '{"windows": [[1, 2], [3]], "masks": [{"removed_query_heads": {"1": [0]}, "removed_ffn_neurons": {"0": [4, 5]}}]}',
    );
    expect(await readWindowsFile(path)).toEqual([Uint32Array.of(1, 2), Uint32Array.of(3)]);
    expect(await readMasksFile(path)).toEqual([
      { removedQueryHeads: new Map([[1, [0]]]), removedFfnNeurons: new Map([[0, [4, 5]]]) },
    ]);
  });

  it.each([
    ['{"windows": []}', 'windows'],
    ['{"windows": [[1], [-1]]}', 'windows[1]'],
    ['{"windows": [[1.5]]}', 'windows[0]'],
    ['[]', '--windows'],
    ['{', '--windows'],
  ])('refuses %s and names the place', async (content, field) => {
    await expect(readWindowsFile(await file(content))).rejects.toMatchObject({ reason: 'REQUEST_INVALID', field });
  });

  it.each([
    ['{"masks": {}}', 'masks'],
    ['{"masks": [3]}', 'masks[0]'],
    ['{"masks": [{"removed_heads": {"0": [1]}}]}', 'masks[0].removed_heads'],
    ['{"masks": [{}, {"removed_query_heads": [1]}]}', 'masks[1].removed_query_heads'],
    ['{"masks": [{"removed_ffn_neurons": {"x": [1]}}]}', 'masks[0].removed_ffn_neurons'],
    ['{"masks": [{"removed_ffn_neurons": {"2": ["1"]}}]}', 'masks[0].removed_ffn_neurons.2'],
  ])('refuses the masks of %s and names the place', async (content, field) => {
    await expect(readMasksFile(await file(content))).rejects.toMatchObject({ reason: 'REQUEST_INVALID', field });
  });
});
