import { readFile } from 'node:fs/promises';

/** Linux counts processor time in hundredths of a second (proc(5), sysconf(_SC_CLK_TCK)). */
const TICKS_PER_SECOND = 100;

/**
 * Processor time of the main thread while it mostly waits for the GPU, as a share of the time that passed. A software
 * adapter computes in other threads. undefined where threads are not counted (other systems than Linux).
 */
export async function waitingThreadShare(work: () => Promise<void>): Promise<number | undefined> {
  const before = await mainThreadSeconds();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1e3;
  const after = await mainThreadSeconds();
  return before === undefined || after === undefined ? undefined : (after - before) / seconds;
}

async function mainThreadSeconds(): Promise<number | undefined> {
  const stat = await readFile(`/proc/self/task/${process.pid}/stat`, 'utf8').catch(() => undefined);
  return stat === undefined ? undefined : processorSeconds(stat);
}

/** User and system time of a thread, from its `stat` in proc(5): fields 14 and 15. Its name, in parentheses, may hold spaces. */
export function processorSeconds(stat: string): number {
  const behindName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(behindName[11]) + Number(behindName[12])) / TICKS_PER_SECOND;
}
