import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ScoringServiceClient, callBidi, callUnary, connect, packWindows, planProto } from '@bonsai/rpc';
import type { scoringProto } from '@bonsai/rpc';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { startScorerProcess } from '../rpc/scorer-process.ts';
import { VOCABULARY, writeHollowCheckpoint } from './hollow-checkpoint.ts';

const MIB = 2 ** 20;
const scratch = useTemporaryDirectory();

/** Most memory that a process has had in RAM so far, in bytes. */
function peakBytes(pid: number): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  if (kib === undefined) throw new Error(`process ${pid} tells nothing of its memory`);
  return 1024 * Number(kib);
}

function* requests(path: string): Generator<scoringProto.EvaluateRequest> {
  const model = { path, revision: '', precision: planProto.Precision.PRECISION_UNSPECIFIED };
  const metric = planProto.Metric.METRIC_UNSPECIFIED;
  yield { part: { $case: 'header', value: { model, cut: undefined, metric, recovery: undefined } } };
  for (const value of packWindows([Uint32Array.of(1, 2)])) yield { part: { $case: 'windows', value } };
}

/**
 * The requirement is a peak below the size of the checkpoint + 512 MiB. A GPU of its own would take the weights out of
 * that sum; a software driver keeps them, and what it compiles, in the scorer's own memory. So the device's bytes, as the
 * scorer counts them, are taken off, and the rest, which must not grow with the checkpoint, has to stay below 256 MiB:
 * less than the embedding alone would take as f32.
 */
it('loading streams the weights: the host never holds a large matrix', async () => {
  const bytes = writeHollowCheckpoint(scratch.path('hollow'));
  expect(bytes).toBeGreaterThan(256 * MIB);
  const { child, ready, ended } = startScorerProcess(['--models-root', scratch.path(''), '--listen', '127.0.0.1:0']);
  const { address, pid } = await ready;
  const client = connect(ScoringServiceClient, address);
  try {
    const before = peakBytes(pid);
    const losses: number[] = [];
    for await (const { score } of callBidi<scoringProto.EvaluateRequest, scoringProto.EvaluateResponse>(
      (...rest) => client.evaluate(...rest),
      requests('hollow'),
    )) {
      losses.push(score?.nllSum ?? Number.NaN);
    }
    expect(losses).toEqual([expect.closeTo(Math.log(VOCABULARY), 4)]);
    const info = await callUnary<scoringProto.GetServerInfoResponse>((...rest) => client.getServerInfo({}, ...rest));
    expect(info.gpuMemoryPeakBytes).toBeGreaterThanOrEqual(bytes);
    // Activations and logits wait to be used again.
    expect(info.gpuMemoryReservedBytes).toBeGreaterThan(info.gpuMemoryUsedBytes);
    expect(info.gpuMemoryReservedBytes).toBeLessThanOrEqual(2 * info.gpuMemoryPeakBytes);

    expect(peakBytes(pid) - before - info.gpuMemoryPeakBytes).toBeLessThan(256 * MIB);
  } finally {
    client.close();
    child.kill('SIGTERM');
    await ended;
  }
});
