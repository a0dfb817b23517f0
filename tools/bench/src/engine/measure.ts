/** Something that can be run again and again. */
export interface Work {
  readonly name: string;
  /** Floating-point operations of one run. */
  readonly flops: number;
  run(): Promise<void>;
}

/** Seconds of one run. Processor time is of this process, in which a software adapter does its work too. */
export interface Measurement {
  readonly name: string;
  readonly flops: number;
  readonly bestWall: number;
  readonly medianWall: number;
  readonly bestCpu: number;
  readonly medianCpu: number;
}

interface Sample {
  readonly wall: number;
  readonly cpu: number;
}

/** Measures works in turns, so that whatever else the machine does meets all of them; a first run of each does not count. */
export async function measureInTurns(works: readonly Work[], rounds: number): Promise<Measurement[]> {
  const samples = works.map((): Sample[] => []);
  for (const work of works) await work.run();
  for (let round = 0; round < rounds; round++) {
    for (const [i, work] of works.entries()) samples[i]?.push(await sample(work));
  }
  return works.map(({ name, flops }, i) => {
    const walls = (samples[i] ?? []).map(({ wall }) => wall);
    const cpus = (samples[i] ?? []).map(({ cpu }) => cpu);
    return {
      name,
      flops,
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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
