import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadTokenizer, modelShape, openCheckpoint, writeGguf } from '@bonsai/checkpoint';
import { emptySet, UnitTable } from '@bonsai/pruning';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { askLlamaCpp } from './support/ask-llama-cpp.ts';
import { DEMO_MODEL, demoReference } from './support/demo-model.ts';
import { byteLevelVariants, sentencePieceVariant } from './support/tokenizer-variants.ts';

const checkpoint = await openCheckpoint(DEMO_MODEL);
afterAll(async () => checkpoint.close());

const SAMPLES = [
  "  It's 1,234.50 dollars -- WE'LL see!  \n\n\n\tTabs,   runs of spaces   ",
  'Ünïcödé, 漢字とかな, кириллица, עברית, 😀👩‍👧 and \u00a0no-break spaces\r\nWindows lines',
  'camelCaseWords and ALLCAPSWords/paths/like\n/this, 1234567 and 1e-5; (nested [brackets])...',
  'x',
  ' ',
];

const variants = [...(await byteLevelVariants()), ['Llama 2', await sentencePieceVariant()] as const];

describe('the tokenizer in an exported GGUF file', () => {
  const work = useTemporaryDirectory();

  it.each(variants)('splits text in llama.cpp as tokenizer.json does here, in the manner of %s', async (name, json) => {
    const tokenizerDirectory = work.path(name);
    await mkdir(tokenizerDirectory);
    await writeFile(join(tokenizerDirectory, 'tokenizer.json'), JSON.stringify(json));
    const path = work.path(`${name}.gguf`);
    const cut = emptySet(new UnitTable(modelShape(checkpoint.config)));
    const { notes } = await writeGguf({ checkpoint, cut, floats: 'f16', path, tokenizerDirectory });
    expect(notes).toEqual([]);

    const demo = await loadTokenizer(DEMO_MODEL);
    const prose = (await demoReference()).windows.map((window) => demo.decode(window.slice(1)));
    const texts = [...prose, ...SAMPLES];
    const tokenizer = await loadTokenizer(tokenizerDirectory);
    const { tokens } = await askLlamaCpp({ model: path, texts });
    expect(tokens).toEqual(texts.map((text) => Array.from(tokenizer.encode(text))));
  });
});
