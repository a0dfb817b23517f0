import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { byteLevelTokenizer, writeTokenizer } from '../../testing/tiny-tokenizers.ts';
import { ggufVocabulary } from './vocabulary.ts';

const PLAIN = '{{ messages }}';
const TOOLS = '{{ tools }}';

describe('The chat template of a GGUF file', () => {
  const temporary = useTemporaryDirectory();
  let made = 0;

  async function template(
    tokenizerConfig: Record<string, unknown>,
    files: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly carried: unknown; readonly notes: readonly string[] }> {
    const directory = temporary.path(String((made += 1)));
    await writeTokenizer(directory, byteLevelTokenizer(), tokenizerConfig);
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(directory, name, '..'), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    const { entries, notes } = await ggufVocabulary(directory, {}, 14);
    return { carried: new Map(entries).get('tokenizer.chat_template')?.value, notes };
  }

  it('is that of tokenizer_config.json', async () => {
    expect(await template({ chat_template: PLAIN })).toEqual({ carried: PLAIN, notes: [] });
  });

  it('is the file beside it, which counts for more', async () => {
    const files = { 'chat_template.jinja': PLAIN };
    expect(await template({}, files)).toEqual({ carried: PLAIN, notes: [] });
    expect(await template({ chat_template: TOOLS }, files)).toEqual({ carried: PLAIN, notes: [] });
  });

  it('is the default of a list', async () => {
    const list = [
      { name: 'tool_use', template: TOOLS },
      { name: 'default', template: PLAIN },
    ];
    expect(await template({ chat_template: list.slice(1) })).toEqual({ carried: PLAIN, notes: [] });
    const { carried, notes } = await template({ chat_template: list });
    expect(carried).toBe(PLAIN);
    expect(notes).toEqual([expect.stringContaining('tool_use')]);
  });

  it.each([
    ['a list without a default', [{ name: 'tool_use', template: TOOLS }]],
    ['something else', { default: PLAIN }],
  ])('is missing, with a note, where tokenizer_config.json has %s', async (_, value) => {
    const { carried, notes } = await template({ chat_template: value });
    expect(carried).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining('chat template')]);
  });

  it.each([{}, { chat_template: null }])('is missing, without a note, where there is none: %j', async (config) => {
    expect(await template(config)).toEqual({ carried: undefined, notes: [] });
  });
});
