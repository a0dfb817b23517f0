import { once } from 'node:events';
import { homedir } from 'node:os';
import { jsonLogger, logCall, reportFailure } from '@bonsai/rpc';
import type { Logger } from '@bonsai/rpc';
import { loadMetricModule } from './metric/module-metric.ts';
import { USAGE, parseCommandLine } from './process/command-line.ts';
import type { CommandLine } from './process/command-line.ts';
import { SupervisedScorer } from './scorer-process/supervised-scorer.ts';
import { startPlannerServer } from './server.ts';

/**
 * Serves until it is told to stop. Standard output gets one line of JSON once calls are taken; logs go to standard
 * error.
 */
async function serve({ scorers, metricModule, ...commandLine }: CommandLine, log: Logger): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const scorer = await openScorers(scorers, log);
  try {
    const server = await startPlannerServer({
      address: commandLine.listen,
      storePath: commandLine.store,
      scorers: scorer.address,
      now: Date.now,
      ownMetric: metricModule === undefined ? undefined : await loadMetricModule(metricModule),
      continueJobs: commandLine.continueJobs,
      concurrentJobs: commandLine.concurrentJobs,
      scorersPerJob: commandLine.scorersPerJob,
      scorerSilenceMilliseconds: 1000 * commandLine.scorerSilenceSeconds,
      log,
      callEnded: (record) => logCall(log, record),
      reportError: (error) => log('error', 'failure', { message: String(error) }),
    });
    process.stdout.write(`${JSON.stringify({ event: 'ready', address: server.address, pid: process.pid })}\n`);
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    log('info', 'stopping');
    await server.close();
  } finally {
    await scorer.stop();
  }
}

type Scorers = Pick<SupervisedScorer, 'address' | 'stop'>;

async function openScorers(scorers: CommandLine['scorers'], log: Logger): Promise<Scorers> {
  if ('address' in scorers) return { address: scorers.address, stop: () => Promise.resolve() };
  return SupervisedScorer.start({
    ...scorers,
    log: (line) => log('info', 'scorer', { line }),
    started: (pid) => log('info', 'scorer started', { pid }),
  });
}

async function main(): Promise<number> {
  const write = (text: string): boolean => process.stderr.write(text);
  const log = jsonLogger(write, Date.now);
  try {
    const folders = { home: homedir(), state: process.env['XDG_STATE_HOME'] };
    const commandLine = parseCommandLine(process.argv.slice(2), folders);
    if (commandLine === undefined) process.stdout.write(USAGE);
    else await serve(commandLine, log);
    return 0;
  } catch (error) {
    return reportFailure(error, log, write);
  }
}

// The connection of a client that vanished would keep the process alive.
process.exit(await main());
