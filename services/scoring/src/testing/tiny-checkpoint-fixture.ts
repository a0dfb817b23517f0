import { afterAll, beforeAll } from '@jest/globals';
import { openCheckpoint } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { writeTinyCheckpoint } from '@bonsai/checkpoint/testing';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { TINY } from './tiny-model.ts';

/** The tiny model's checkpoint, open while the tests of one file run; to be asked for while they do. */
export function useTinyCheckpoint(): () => Checkpoint {
  const temporary = useTemporaryDirectory();
  let checkpoint: Checkpoint;
  beforeAll(async () => {
    await writeTinyCheckpoint(temporary.path(), { config: TINY, seed: 1 });
    checkpoint = await openCheckpoint(temporary.path());
  });
  afterAll(() => checkpoint.close());
  return () => checkpoint;
}
