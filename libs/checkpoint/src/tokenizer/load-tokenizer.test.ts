import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { byteLevelTokenizer, sentencePieceTokenizer, writeTokenizer } from '../testing/tiny-tokenizers.ts';
import { loadTokenizer } from './load-tokenizer.ts';

const DEMO_MODEL = fileURLToPath(new URL('../../../../tools/demo/sotu-3M', import.meta.url));

describe('loadTokenizer', () => {
  const temporary = useTemporaryDirectory();

  it('encodes text as it stands and decodes it again', async () => {
    const tokenizer = await loadTokenizer(DEMO_MODEL);
    const text = "  It's the State of the Union,\n\n in 1862 — \u00e9!\t";
    const tokens = tokenizer.encode(text);
    expect(tokens).toBeInstanceOf(Uint32Array);
    expect(tokenizer.decode(tokens)).toBe(text);
    expect(Array.from(tokens)).not.toContain(tokenizer.bosId);
    expect(tokenizer.encode('')).toEqual(new Uint32Array());
  });

  it('knows the token that goes before a text', async () => {
    expect((await loadTokenizer(DEMO_MODEL)).bosId).toBe(2046);
    await writeTokenizer(temporary.path('sentencepiece'), sentencePieceTokenizer());
    expect((await loadTokenizer(temporary.path('sentencepiece'))).bosId).toBe(1);
  });

  it('knows of a tokenizer that puts nothing there', async () => {
    await writeTokenizer(temporary.path('byte-level'), byteLevelTokenizer());
    expect((await loadTokenizer(temporary.path('byte-level'))).bosId).toBeUndefined();
  });

  it('splits text the same in the form that tokenizers of tiktoken are converted to', async () => {
    const encoded = async (name: string, behaviour: Record<string, unknown>): Promise<Uint32Array> => {
      const pattern = { Regex: "(?i:'s|'t)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|[^\\p{L}]" };
      const split = { type: 'Split', pattern, ...behaviour };
      const bytes = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
      const preTokenizer = { type: 'Sequence', pretokenizers: [split, bytes] };
      await writeTokenizer(temporary.path(name), byteLevelTokenizer(preTokenizer));
      return (await loadTokenizer(temporary.path(name))).encode('the the  heth ethe');
    };
    const isolated = await encoded('isolated', { behavior: 'Isolated', invert: false });
    expect(isolated.length).toBeGreaterThan(4);
    expect(await encoded('removed', { behavior: 'Removed', invert: true })).toEqual(isolated);
  });

  it('refuses a directory without tokenizer.json', async () => {
    await expect(loadTokenizer(temporary.path())).rejects.toMatchObject({ reason: 'TOKENIZER_INVALID' });
  });

  it.each(['tokenizer.model', 'vocab.json'])('says how to make tokenizer.json of %s', async (name) => {
    const directory = temporary.path(`with ${name}`);
    await mkdir(directory);
    await writeFile(join(directory, name), '');
    await expect(loadTokenizer(directory)).rejects.toThrow(new RegExp(`as ${name}, .*save_pretrained`));
  });

  it.each(['', '[]', '{}', '{"model": {"type": "Abacus"}}'])('refuses %p for a tokenizer.json', async (text) => {
    await mkdir(temporary.path('broken'), { recursive: true });
    await writeFile(join(temporary.path('broken'), 'tokenizer.json'), text);
    await expect(loadTokenizer(temporary.path('broken'))).rejects.toMatchObject({ reason: 'TOKENIZER_INVALID' });
  });

  it('says what to do about what Git leaves of a tokenizer.json without Git LFS', async () => {
    const directory = temporary.path('pointer');
    await mkdir(directory);
    await writeFile(join(directory, 'tokenizer.json'), 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n');
    const loading = loadTokenizer(directory);
    await expect(loading).rejects.toMatchObject({
      reason: 'TOKENIZER_INVALID',
      message: expect.stringContaining('git lfs pull'),
    });
  });

  it('refuses a tokenizer_config.json that is none', async () => {
    await writeTokenizer(temporary.path('config'), byteLevelTokenizer());
    await writeFile(join(temporary.path('config'), 'tokenizer_config.json'), '{');
    await expect(loadTokenizer(temporary.path('config'))).rejects.toMatchObject({ field: 'tokenizer_config.json' });
  });
});
