import { describe, expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { openCheckpoint } from './open-checkpoint.ts';
import { writeTinyCheckpoint } from './testing/tiny-checkpoint.ts';
import type { TinyOptions } from './testing/tiny-checkpoint.ts';

const temporary = useTemporaryDirectory();
let made = 0;

async function revisionOf(options: TinyOptions = {}): Promise<string> {
  const directory = temporary.path(`tiny-${(made += 1)}`);
  await writeTinyCheckpoint(directory, options);
  const checkpoint = await openCheckpoint(directory);
  await checkpoint.close();
  return checkpoint.revision;
}

/** Another value for one element of a tensor. */
function changed(name: string, element: number): Pick<TinyOptions, 'change'> {
  return {
    change: (tensors) => {
      tensors.get(name)!.values[element]! += 1;
    },
  };
}

describe('the revision of a checkpoint', () => {
  it('follows from the content alone', async () => {
    const revision = await revisionOf();
    expect(await revisionOf()).toBe(revision);
    expect(await revisionOf({ seed: 2 })).not.toBe(revision);
    expect(await revisionOf({ config: { rms_norm_eps: 2e-5 } })).not.toBe(revision);
    expect(await revisionOf(changed('model.layers.1.self_attn.q_proj.weight', 100))).not.toBe(revision);
  });

  it('samples start, middle and end of large tensors', async () => {
    const config = { vocab_size: 4000 };
    const revision = await revisionOf({ config });
    for (const element of [0, 32_000, 63_999]) {
      expect(await revisionOf({ config, ...changed('model.embed_tokens.weight', element) })).not.toBe(revision);
    }
  });
});
