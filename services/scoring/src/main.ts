import { jsonLogger, reportFailure } from '@bonsai/rpc';
import type { Logger } from '@bonsai/rpc';
import { deviceName } from '@bonsai/support';
import { USAGE, parseCommandLine } from './process/command-line.ts';
import type { CommandLine } from './process/command-line.ts';
import { openGpu } from './process/gpu-compute-device.ts';
import { untilStopped } from './process/until-stopped.ts';
import { startScoringServer } from './start-scoring-server.ts';

/** How long running calls may take to finish after a polite request to stop. */
const GRACE_MILLISECONDS = 5_000;

/**
 * Serves until it is told to stop or the GPU is lost, then exits, so that whoever supervises the process starts it again
 * with a fresh device. Standard output gets one line of JSON once calls are taken; logs go to standard error.
 */
async function serve(commandLine: CommandLine, log: Logger): Promise<number> {
  const stop = untilStopped({ withParent: commandLine.exitWithParent });
  const {
    listen: address,
    modelsRoot,
    precision,
    gpuMemory: memoryBudget,
    adapter,
    requireGpu,
    matrixUnits,
  } = commandLine;
  const matrixUnitsRefused = (problem: string): void => log('error', 'matrix units refused', { problem });
  const server = await startScoringServer({
    address,
    modelsRoot,
    precision,
    openDevice: () => openGpu({ memoryBudget, adapter, matrixUnits, matrixUnitsRefused }),
    requireGpu,
    // The other half is for the activations of whatever runs.
    ...(memoryBudget === undefined ? {} : { cacheBytes: memoryBudget / 2 }),
    log,
    now: Date.now,
    deviceLost: (error) => stop.because(`device lost: ${error.message}`, 1),
  });
  const { adapter: info } = server.device;
  if (info.software) log('info', 'no GPU: computing on the CPU, in software');
  const ready = {
    event: 'ready',
    address: server.address,
    pid: process.pid,
    adapter: deviceName(info),
    software: info.software,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);

  const { reason, exitCode } = await stop.requested;
  log('info', 'stopping', { reason });
  await server.stop(GRACE_MILLISECONDS);
  return exitCode;
}

async function main(): Promise<number> {
  const write = (text: string): boolean => process.stderr.write(text);
  const log = jsonLogger(write, Date.now);
  let commandLine: CommandLine | undefined;
  try {
    commandLine = parseCommandLine(process.argv.slice(2));
    if (commandLine !== undefined) return await serve(commandLine, log);
    process.stdout.write(USAGE);
    return 0;
  } catch (error) {
    return reportFailure(error, log, commandLine?.exitWithParent === true ? undefined : write);
  }
}

// Dawn's threads would keep the process alive, and nothing is left to do.
process.exit(await main());
