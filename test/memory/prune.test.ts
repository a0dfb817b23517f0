import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { bonsai, document, startBonsai } from '../cli/bonsai-process.ts';
import { familyFiles } from '../families/support/family-files.ts';
import { writeRandomCheckpoint } from '../families/support/random-checkpoint.ts';

const MIB = 2 ** 20;
const BUDGET = 6 * MIB;
const SIZES = { hidden: 128, queryHeads: 8, kvHeads: 4, headDim: 16, ffn: 512 };
const scratch = useTemporaryDirectory();
/** Any English text will do. */
const text = fileURLToPath(new URL('../../LICENSE', import.meta.url));

/** Whether a store that is in use has written down a job. */
async function isStored(job: string, store: string): Promise<boolean> {
  const files = [store, `${store}-wal`].filter(existsSync);
  const contents = await Promise.all(files.map((file) => readFile(file)));
  return contents.some((bytes) => bytes.includes(job.replace('jobs/', '')));
}

it('bonsai prune and jobs resume keep --gpu-memory, and end in the same plan', async () => {
  await writeRandomCheckpoint(scratch.path('deep'), familyFiles('qwen3', SIZES, 12), 1);
  const prune = (name: string): string[] => [
    ...[
      'prune',
      '--model',
      scratch.path('deep'),
      '--calibration',
      text,
      '--calibration-windows',
      '4',
      '--context',
      '48',
    ],
    ...['--sparsity', '0.3', '--rounds', '2', '--masks', '8', '--windows', '2', '--precision', 'f32', '--json'],
    ...['--store', scratch.path(`${name}.sqlite`), '--format', 'none', '--out', scratch.path(name)],
  ];
  const budget = ['--gpu-memory', String(BUDGET)];
  const dry = await bonsai([...prune('budget'), ...budget, '--dry-run']);
  expect(dry).toMatchObject({ code: 0, err: '' });
  const estimate = document(dry.out);
  expect(estimate['gpu_memory_bytes']).toBeLessThanOrEqual(BUDGET);
  expect(estimate['gpu_streamed_weight_bytes']).toBeGreaterThan(BUDGET);

  const resident = await bonsai(prune('resident'));
  const kept = await bonsai([...prune('budget'), ...budget]);
  expect({ code: kept.code, err: kept.err }).toEqual({ code: 0, err: '' });
  expect(document(kept.out)['gpu_memory_peak_bytes']).toBeLessThanOrEqual(BUDGET);
  expect(document(resident.out)['gpu_memory_peak_bytes']).toBeGreaterThan(BUDGET);
  const plan = await readFile(scratch.path('resident/plan.json'), 'utf8');
  expect(await readFile(scratch.path('budget/plan.json'), 'utf8')).toBe(plan);

  const store = ['--store', scratch.path('late.sqlite')];
  const job = String(document(kept.out)['job']);
  const tooLittle = await bonsai([...prune('late'), '--gpu-memory', '100KiB']);
  expect(tooLittle).toMatchObject({ code: 1, err: expect.stringContaining('DEVICE_OUT_OF_MEMORY') });
  expect(document((await bonsai(['jobs', ...store, '--json'])).out)).toMatchObject({ jobs: [] });

  const stopped = startBonsai([...prune('late'), ...budget]);
  while (!(await isStored(job, scratch.path('late.sqlite')))) {
    if (stopped.process.exitCode !== null) throw new Error(`there is no job: ${(await stopped.outcome).err}`);
    await sleep(20);
  }
  stopped.process.kill('SIGINT');
  expect((await stopped.outcome).code).toBe(1);
  const resumed = await bonsai(['jobs', 'resume', job, ...store, ...budget, '--json']);
  expect({ code: resumed.code, err: resumed.err }).toEqual({ code: 0, err: '' });
  await bonsai(['jobs', 'plan', job, ...store, '--out', scratch.path('late.json')]);
  expect(await readFile(scratch.path('late.json'), 'utf8')).toBe(plan);
});
