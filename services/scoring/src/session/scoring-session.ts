import { ownLosses } from '@bonsai/model';
import type { RecoveredModule } from '@bonsai/model';
import { isEmpty } from '@bonsai/pruning';
import type { LayerStatistics, RecoveryTrial, StatisticKind, TriedRecovery } from '@bonsai/pruning';
import { BonsaiError } from '@bonsai/support';
import type { ComputeDevice } from './compute-device.ts';
import { ModelCache } from './model-cache.ts';
import type { CacheCapacity, CachedModel, LoadModel } from './model-cache.ts';
import { isWhole, nothingOf } from './model-target.ts';
import type { ModelTarget } from './model-target.ts';
import { nowAndThen } from './now-and-then.ts';
import { planRequestMemory } from './plan-request-memory.ts';
import type { MemoryPlanRequest, PlannedMemory } from './plan-request-memory.ts';
import { ALIVE } from './alive.ts';
import type { Alive } from './alive.ts';
import { emitOnce } from './emit-once.ts';
import type { EvaluationWork, PartialScore } from './evaluation-work.ts';
import { FileToSend } from './file-to-send.ts';
import { relay } from './relay.ts';
import { SerialQueue } from './serial-queue.ts';
import type { TurnCaller } from './turn-caller.ts';
import { turns } from './turns.ts';
import type { Turn } from './turns.ts';
import { WholeModelPredictions } from './whole-model-predictions.ts';

export interface SessionOptions {
  readonly loadModel: LoadModel;
  /** What stays on the device between requests. */
  readonly cache: CacheCapacity;
  /** Forward tokens after which another request gets its turn. */
  readonly turnTokens: number;
  /** Called once, when the device is gone; every later call fails with the same error. */
  readonly deviceLost: (error: BonsaiError) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * The device with the models on it. Requests take turns; nothing overlaps on the GPU. Streams of results have signs of life among
 * them, for as long as the request that has its turn gets on, theirs or another.
 */
export class ScoringSession {
  readonly #device: ComputeDevice;
  readonly #options: SessionOptions;
  readonly #models: ModelCache;
  readonly #wholeModels: WholeModelPredictions;
  readonly #queue: SerialQueue;
  #lost: BonsaiError | undefined;

  constructor(device: ComputeDevice, options: SessionOptions) {
    this.#device = device;
    this.#options = options;
    this.#models = new ModelCache(device, options.loadModel, options.cache);
    this.#wholeModels = new WholeModelPredictions(this.#models, options.turnTokens);
    this.#queue = new SerialQueue(options.now);
  }

  get device(): ComputeDevice {
    return this.#device;
  }

  loadedModels(): readonly CachedModel[] {
    return this.#models.list();
  }

  /** Mask by mask, and for each window by window, in pieces. @throws BonsaiError of the model; the signal's reason */
  async *evaluate(
    target: ModelTarget,
    work: EvaluationWork,
    signal: AbortSignal,
  ): AsyncGenerator<PartialScore | Alive, void, undefined> {
    const lengths = work.windows.map((window) => window.length);
    const twoModels = work.measurement === 'kl' && !isWhole(target);
    for (const turn of turns(lengths, work.masks.count, this.#options.turnTokens)) {
      if (twoModels) yield* this.#predictAhead(target, work.windows, turn.windows, signal);
      yield* this.#relayTurn<PartialScore>(signal, (emit, caller) =>
        this.#evaluateTurn(target, work, turn, caller, emit),
      );
    }
  }

  /** Layer by layer, in one turn: the layers of a pass cannot be taken apart. */
  collectStatistics(
    target: ModelTarget,
    windows: readonly Uint32Array[],
    kinds: readonly StatisticKind[],
    signal: AbortSignal,
  ): AsyncGenerator<LayerStatistics | Alive, void, undefined> {
    return this.#relayTurn<LayerStatistics>(signal, (emit, caller) => {
      const attempt = emitOnce(emit);
      return this.#models.use(target, caller, async (model) => {
        const emitNext = attempt();
        for await (const statistics of model.collectStatistics(windows, kinds, caller)) emitNext(statistics);
      });
    });
  }

  /** What {@link planRequestMemory} says, for this device and its turns. Waits for no turn: nothing runs. */
  planMemory(target: ModelTarget, request: MemoryPlanRequest): Promise<PlannedMemory> {
    return this.#guarded(async () => {
      const backend = await this.#device.backend(target.precision);
      return planRequestMemory(target, request, backend, this.#options.turnTokens);
    });
  }

  /**
   * Seconds of each of some passes of one window, each in a turn of its own. A pass that is not timed goes first.
   * @throws what {@link evaluate} throws
   */
  async measureLatency(target: ModelTarget, length: number, passes: number, signal: AbortSignal): Promise<number[]> {
    // Which tokens they are is all the same to a dense model.
    const windows = [new Uint32Array(length)];
    const masks = [nothingOf(target.cut)];
    const seconds: number[] = [];
    const caller = { signal, getsOn: () => this.#queue.tellWaiting() };
    for (let pass = 0; pass <= passes; pass++) {
      await this.#inTurn(signal, () =>
        this.#models.use(target, caller, async (model) => {
          const scores = model.evaluate(windows, masks, caller);
          const startedAt = performance.now();
          await scores.next();
          seconds[pass] = (performance.now() - startedAt) / 1e3;
          await scores.return();
        }),
      );
    }
    return seconds.slice(1);
  }

  /** Recovers a cut model module by module, in one turn, by the verdict of held-out windows. */
  recover(
    target: ModelTarget,
    { heldOut, ...source }: TriedRecovery,
    signal: AbortSignal,
  ): AsyncGenerator<RecoveryTrial | Alive, void, undefined> {
    return this.#relayTurn<RecoveryTrial>(signal, (emit, caller) => {
      const attempt = emitOnce(emit);
      return this.#models.use(target, caller, async (model) => {
        const emitNext = attempt();
        const accepted: RecoveredModule[] = [];
        for await (const recovered of model.recover({ ...source, choice: { heldOut } }, caller)) {
          const { trial } = recovered;
          if (trial === undefined) continue;
          if (trial.accepted) accepted.push(recovered);
          emitNext(trial);
        }
        const modules = accepted.map(({ module }) => module);
        await this.#models.keepRecovered(target, { ...source, modules }, accepted);
      });
    });
  }

  /** The file of a target's recovered weights, in pieces; nothing without a recovery. */
  async *recoveredWeights(
    target: ModelTarget,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array | Alive, void, undefined> {
    const file = new FileToSend();
    try {
      // Opened in the turn, because the file may leave after it.
      yield* this.#relayTurn<never>(signal, async (_emit, caller) => {
        const path = await this.#models.recoveredFile(target, caller);
        if (path !== undefined) await file.open(path);
      });
      yield* file.pieces();
    } finally {
      await file.close();
    }
  }

  /** Waits for the turn under way, then gives the device back. */
  async close(): Promise<void> {
    await this.#queue.run(async () => {
      await this.#models.close();
      if (this.#lost === undefined) await this.#device.dispose();
    }, new AbortController().signal);
  }

  async #evaluateTurn(
    target: ModelTarget,
    { windows, masks, measurement }: EvaluationWork,
    turn: Turn,
    caller: TurnCaller,
    emit: (score: PartialScore) => void,
  ): Promise<void> {
    const { start, end } = turn.masks;
    const firstWindow = turn.windows.start;
    const turnWindows = windows.slice(firstWindow, turn.windows.end);
    const sets = Array.from({ length: end - start }, (_, i) => masks.at(start + i));
    const compared = measurement === 'kl' ? await this.#wholeModels.of(target, turnWindows, caller) : undefined;
    if (compared !== undefined && isWhole(target) && sets.every(isEmpty)) {
      const losses = ownLosses(compared);
      for (const i of sets.keys()) emit({ mask: start + i, firstWindow, losses });
      return;
    }
    let done = 0;
    await this.#models.use(target, caller, async (model) => {
      for await (const { windows: losses } of model.evaluate(turnWindows, sets.slice(done), caller, compared)) {
        emit({ mask: start + done++, firstWindow, losses });
      }
    });
  }

  /** Has the whole model predict what the windows from a turn on are compared with, see {@link WholeModelPredictions.ahead}. */
  async *#predictAhead(
    target: ModelTarget,
    windows: readonly Uint32Array[],
    turn: Turn['windows'],
    signal: AbortSignal,
  ): AsyncGenerator<Alive, void, undefined> {
    for (const portion of this.#wholeModels.ahead(target, windows, turn)) {
      yield* this.#relayTurn<never>(signal, async (_emit, caller) => {
        await this.#wholeModels.of(target, portion, caller);
        caller.getsOn();
      });
    }
  }

  /** What `work` emits in its turn, with signs of life before. Those who wait hear of what it emits. */
  #relayTurn<T>(
    signal: AbortSignal,
    work: (emit: (value: T) => void, caller: TurnCaller) => Promise<void>,
  ): AsyncGenerator<T | Alive, void, undefined> {
    return relay<T | Alive>((give) => {
      const emit = (value: T | Alive): void => {
        give(value);
        this.#queue.tellWaiting();
      };
      const caller = { signal, getsOn: nowAndThen(this.#options.now, () => emit(ALIVE)) };
      return this.#inTurn(
        signal,
        () => work(emit, caller),
        () => give(ALIVE),
      );
    });
  }

  #inTurn(signal: AbortSignal, work: () => Promise<void>, alive?: () => void): Promise<void> {
    return this.#queue.run(() => this.#guarded(work), signal, alive);
  }

  /** Refuses work on a lost device, and notes the loss when it shows. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost;
    try {
      return await work();
    } catch (error) {
      this.#noteLoss(error);
      throw error;
    }
  }

  #noteLoss(error: unknown): void {
    if (!(error instanceof BonsaiError) || error.reason !== 'DEVICE_LOST') return;
    this.#lost = error;
    this.#options.deviceLost(error);
  }
}
