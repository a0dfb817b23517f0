import type { Backend } from '@bonsai/ops';
import type { BenchCase } from './gemm-cases.ts';

export interface Timing {
  /** First run, which on most drivers includes compiling the kernels. */
  readonly firstSeconds: number;
  /** Best of the later runs. */
  readonly bestSeconds: number;
  /** Least processor time that a run took of this process, which on a software adapter does the work. */
  readonly cpuSeconds: number;
}

export async function timeCase(backend: Backend, benchCase: BenchCase, runs: number): Promise<Timing> {
  const prepared = await benchCase.prepare(backend);
  const once = async (): Promise<{ seconds: number; cpu: number }> => {
    const recorder = backend.recorder();
    prepared.record(recorder);
    const cpuBefore = process.cpuUsage();
    const before = performance.now();
    await backend.submit(recorder);
    const seconds = (performance.now() - before) / 1e3;
    const { user, system } = process.cpuUsage(cpuBefore);
    return { seconds, cpu: (user + system) / 1e6 };
  };
  const first = await once();
  const later = [];
  for (let run = 0; run < runs; run++) later.push(await once());
  prepared.release();
  return {
    firstSeconds: first.seconds,
    bestSeconds: Math.min(...later.map(({ seconds }) => seconds)),
    cpuSeconds: Math.min(...later.map(({ cpu }) => cpu)),
  };
}
