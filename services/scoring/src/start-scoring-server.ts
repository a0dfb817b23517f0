import { loadModel } from '@bonsai/model';
import type { WeightPrecision } from '@bonsai/ops';
import { ScoringServiceService, logCall, startServer } from '@bonsai/rpc';
import type { Logger, RunningServer, ServiceBinding } from '@bonsai/rpc';
import { BonsaiError, deviceName } from '@bonsai/support';
import { ServedModels } from './models/served-models.ts';
import { scoringHandlers } from './rpc/scoring-handlers.ts';
import type { ComputeDevice } from './session/compute-device.ts';
import type { CacheCapacity, LoadModel } from './session/model-cache.ts';
import { ScoringSession } from './session/scoring-session.ts';

export interface ScoringServerOptions {
  /** `unix:PATH` or `HOST:PORT`, port 0 for any free one. */
  readonly address: string;
  /** Directory whose checkpoints are served. */
  readonly modelsRoot: string;
  /** Opened once, before the server listens. */
  readonly openDevice: () => Promise<ComputeDevice>;
  /** Whether a driver that computes on the CPU is refused. Default: no. */
  readonly requireGpu?: boolean;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** For requests that do not ask for one. Default: as the checkpoint is stored. */
  readonly precision?: WeightPrecision | undefined;
  /** Bytes of weights kept on the device between requests. Default: 2 GiB in software, on a GPU those of four models. */
  readonly cacheBytes?: number;
  /** Forward tokens after which another request gets its turn on the GPU. Default: 32768. */
  readonly turnTokens?: number;
  /** Bytes of windows and masks that one request may hold in memory. Default: 256 MiB. */
  readonly maxRequestBytes?: number;
  /** Called once when the device is gone. The server stays up and refuses calls; the process should restart. */
  readonly deviceLost?: (error: BonsaiError) => void;
  readonly loadModel?: LoadModel;
}

export interface ScoringServer {
  /** Where clients reach it; with the real port if any free one was asked for. */
  readonly address: string;
  readonly device: ComputeDevice;
  /** Takes no new calls, lets running ones finish for `graceMilliseconds`, then ends them and gives the device back. */
  stop(graceMilliseconds: number): Promise<void>;
}

const MIB = 2 ** 20;

/** @throws BonsaiError ADDRESS_INVALID, ADDRESS_IN_USE, CHECKPOINT_NOT_FOUND for the root, ADAPTER_NOT_FOUND */
export async function startScoringServer(options: ScoringServerOptions): Promise<ScoringServer> {
  const models = await ServedModels.at(options.modelsRoot);
  const device = await openRequired(options);
  let server: RunningServer | undefined;
  const session = openSession(device, options, () => server?.setServing(false));
  try {
    server = await startServer(options.address, [scoringBinding(models, session, options)]);
  } catch (error) {
    await session.close();
    throw error;
  }
  const running = server;
  return {
    address: running.address,
    device,
    async stop(graceMilliseconds) {
      await running.stop(graceMilliseconds);
      await session.close();
    },
  };
}

async function openRequired({ openDevice, requireGpu = false }: ScoringServerOptions): Promise<ComputeDevice> {
  const device = await openDevice();
  if (!requireGpu || !device.adapter.software) return device;
  await device.dispose();
  const message = `No GPU answered, only a driver in software: ${deviceName(device.adapter)}. Check the driver of the GPU, or leave out --require-gpu.`;
  throw new BonsaiError(message, {
    code: 'FAILED_PRECONDITION',
    reason: 'ADAPTER_NOT_FOUND',
    field: '--require-gpu',
  });
}

/** @param stopServing called once when the device is gone */
function openSession(device: ComputeDevice, options: ScoringServerOptions, stopServing: () => void): ScoringSession {
  return new ScoringSession(device, {
    loadModel: options.loadModel ?? loadModel,
    cache: cacheCapacity(device, options.cacheBytes),
    turnTokens: options.turnTokens ?? 32_768,
    now: options.now,
    deviceLost: (error) => {
      stopServing();
      options.log('error', 'device lost', { reason: error.reason, message: error.message });
      options.deviceLost?.(error);
    },
  });
}

/**
 * No driver says how much memory a GPU has: there, models leave when it runs out, and before that only what is more than two jobs use,
 * each a whole model and a cut one. In software it is the host that would run out.
 */
function cacheCapacity({ adapter }: ComputeDevice, bytes: number | undefined): CacheCapacity {
  if (bytes !== undefined) return { bytes, models: Infinity };
  return adapter.software ? { bytes: 2048 * MIB, models: Infinity } : { bytes: Infinity, models: 4 };
}

function scoringBinding(
  models: ServedModels,
  session: ScoringSession,
  { precision, maxRequestBytes = 256 * MIB, now, log }: ScoringServerOptions,
): ServiceBinding {
  return {
    name: 'bonsai.v1.ScoringService',
    definition: ScoringServiceService,
    implementation: scoringHandlers(
      { models, session, defaultPrecision: precision, maxRequestBytes },
      { now, callEnded: (record) => logCall(log, record) },
    ),
  };
}
