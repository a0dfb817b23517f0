import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ggufBytes, openCheckpoint, requireRoom, writeGguf } from '@bonsai/checkpoint';
import type { FloatFormat } from '@bonsai/checkpoint';
import type { UnitSet } from '@bonsai/pruning';
import { digest } from '@bonsai/support';
import type { LatencyRuntime } from '../latency-runtime.ts';
import { LlamaCppTimer } from './llama-cpp-timer.ts';
import { loadLlamaCpp } from './load-llama-cpp.ts';

export interface LlamaCppWork {
  readonly modelDirectory: string;
  /** Of the files that are timed: what the job exports. */
  readonly floats: FloatFormat;
  /** Of a prompt. */
  readonly tokens: number;
  /** In which a folder for the files is made. */
  readonly temporary: string;
}

/**
 * llama.cpp, on the device that node-llama-cpp chooses. Every cut is exported to a temporary folder and stays there until the
 * runtime is closed, so that cuts can be timed in turns.
 * @throws BonsaiError LATENCY_RUNTIME_UNAVAILABLE, LATENCY_RUNTIME_FAILED
 */
export async function llamaCppRuntime(
  { modelDirectory, floats, tokens, temporary }: LlamaCppWork,
  signal: AbortSignal,
): Promise<LatencyRuntime> {
  await loadLlamaCpp();
  const timer = await LlamaCppTimer.start(signal);
  const folder = await mkdtemp(join(temporary, 'bonsai-latency-'));
  return {
    name: timer.name,
    prepare: (cuts) => requireRoomFor(cuts, modelDirectory, floats, folder),
    async time(cut, passes) {
      const gguf = join(folder, `${digest([cut])}.gguf`);
      if (!existsSync(gguf)) await exportCut(modelDirectory, cut, floats, gguf);
      return timer.time({ gguf, tokens, passes });
    },
    async close() {
      timer.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** For files of the cuts, and of one more: a plan is timed too. */
async function requireRoomFor(
  cuts: readonly UnitSet[],
  directory: string,
  floats: FloatFormat,
  folder: string,
): Promise<void> {
  const checkpoint = await openCheckpoint(directory);
  try {
    const sizes: number[] = [];
    for (const cut of cuts) sizes.push(await ggufBytes(checkpoint, cut, floats));
    const bytes = sizes.reduce((sum, size) => sum + size, Math.max(0, ...sizes));
    await requireRoom(folder, bytes, 'The GGUF files of models to be timed');
  } finally {
    await checkpoint.close();
  }
}

async function exportCut(directory: string, cut: UnitSet, floats: FloatFormat, path: string): Promise<void> {
  const checkpoint = await openCheckpoint(directory);
  try {
    await writeGguf({ checkpoint, cut, floats, path });
  } finally {
    await checkpoint.close();
  }
}
