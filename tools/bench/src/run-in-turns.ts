import { median } from '@bonsai/support';

export interface Work {
  readonly name: string;
  run(): Promise<void>;
}

/** Seconds of one run. Processor time is of this process, in which a software adapter does its work too. */
export interface Times {
  readonly bestWall: number;
  readonly medianWall: number;
  readonly bestCpu: number;
  readonly medianCpu: number;
}

interface Sample {
  readonly wall: number;
  readonly cpu: number;
}

/**
 * Runs works in turns, so that whatever else the machine does meets all of them; a first run of each, which compiles
 * kernels, does not count.
 * @returns one entry per work
 */
export async function runInTurns(works: readonly Work[], rounds: number): Promise<Times[]> {
  const samples = works.map((): Sample[] => []);
  for (const work of works) await work.run();
  for (let round = 0; round < rounds; round++) {
    for (const [i, work] of works.entries()) samples[i]!.push(await sample(work));
  }
  return samples.map((ofWork) => {
    const walls = ofWork.map(({ wall }) => wall);
    const cpus = ofWork.map(({ cpu }) => cpu);
    return {
      bestWall: Math.min(...walls),
      medianWall: median(walls),
      bestCpu: Math.min(...cpus),
      medianCpu: median(cpus),
    };
  });
}

async function sample(work: Work): Promise<Sample> {
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  await work.run();
  const wall = (performance.now() - before) / 1e3;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wall, cpu: (user + system) / 1e6 };
}
