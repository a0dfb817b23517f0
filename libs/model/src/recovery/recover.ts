import type { ModelConfig } from '@bonsai/checkpoint';
import type { Backend, HostMatrix } from '@bonsai/ops';
import type { ModuleName, RecoveryTrial } from '@bonsai/pruning';
import { invalidArgument } from '@bonsai/support';
import type { Caller } from '../caller.ts';
import { checkWindows } from '../forward/check-request.ts';
import { ForwardPass } from '../forward/forward-pass.ts';
import { Holdings } from '../holdings.ts';
import type { Norm, Tables } from '../load/device-weights.ts';
import { isBudgeted, makeRoom } from '../load/make-room.ts';
import { checkRange } from '../load/within-range.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import { passStep, sumOverBlock } from './fit-sums.ts';
import type { FitStreams } from './fit-sums.ts';
import { isCut, isHarmed, stepLayers, stepsOf } from './blocks.ts';
import type { Block, DeviceRepair } from './blocks.ts';
import { compensateBlock } from './compensate-block.ts';
import type { BlockRepair, RecoveredModule, RecoveryRequest } from './recovery-request.ts';
import { refitBlock } from './refit-block.ts';
import { refitFinalNorm } from './refit-final-norm.ts';
import { WindowStreams } from './window-streams.ts';

/** A recovery on its way through the model. */
interface Course {
  readonly model: LoadedWeights;
  readonly request: RecoveryRequest;
  readonly caller: Caller;
  readonly steps: readonly (readonly Block[])[];
  /** What the passes have in place of blocks of the cut model. */
  readonly repairs: Map<Block, DeviceRepair>;
  /** A pass of the cut model, step by step, with other tables if they are given. */
  readonly passWith: (tables: Partial<Tables>) => ForwardPass;
  readonly pass: ForwardPass;
  readonly streams: FitStreams;
  /** Of held-out windows, where they decide. */
  readonly gate: WindowStreams | undefined;
  /** Released behind the pass, which may still use what is there. */
  readonly holdings: Holdings;
}

/**
 * Repairs output projections block by block. Each is fitted to what the block did before any unit was removed, on the
 * inputs that it gets now, from blocks that are cut and recovered already: errors of the blocks before do not add up. A method
 * that aligns with the whole model runs that beside it, and ends with the final norm.
 * Where held-out windows decide, a recovery is kept only if it lowers their NLL, with the blocks behind it still cut only.
 * The model itself stays as it is. Blocks that lost nothing, or everything, are passed by.
 * @throws BonsaiError TOKEN_OUT_OF_RANGE, WINDOW_LENGTH, TEXT_EMPTY, SETTING_INVALID, WEIGHT_OUT_OF_RANGE, CANCELLED,
 * DEVICE_OUT_OF_MEMORY
 */
export async function* recover(
  model: LoadedWeights,
  request: RecoveryRequest,
  caller: Caller = {},
): AsyncGenerator<RecoveredModule, void, undefined> {
  const { backend, checkpoint, weights } = model;
  const { windows, choice, method } = request;
  const heldOut = 'heldOut' in choice ? choice.heldOut : undefined;
  checkText(windows, 'windows', checkpoint.config);
  if (heldOut !== undefined) checkText(heldOut, 'held_out', checkpoint.config);
  const steps = stepsOf(model);
  if (!steps.flat().some(isCut)) return;
  const work = { recovery: { method, heldOut: lengthsOf(heldOut ?? []) } };
  const { maxRows } = await makeRoom(model, lengthsOf(windows), work, caller);
  const repairs = new Map<Block, DeviceRepair>();
  const layers = stepLayers(weights.layers, steps, repairs);
  const options = { caller, layerByLayer: isBudgeted(model) };
  const passWith = (tables: Partial<Tables>): ForwardPass =>
    new ForwardPass(backend, checkpoint.config, { ...weights, ...tables, layers }, options);
  const pass = passWith({});
  const holdings = new Holdings();
  const enter = async (texts: readonly Uint32Array[]): Promise<WindowStreams> =>
    holdings.keep(await WindowStreams.enter(model, pass, texts, maxRows));
  try {
    const cut = await enter(windows);
    const whole = method === 'alignedLeastSquares' ? await enter(windows) : undefined;
    const gate = heldOut && (await enter(heldOut));
    const course = { model, request, caller, steps, repairs, passWith, pass, streams: { cut, whole }, gate, holdings };
    const nll = yield* recoverBlocks(course);
    if (whole !== undefined) yield* recoverFinalNorm(course, whole, nll);
  } finally {
    await pass.release();
    holdings.release();
  }
}

/** Takes all streams through the model and recovers the blocks on their way. @returns NLL of the gate behind the last */
async function* recoverBlocks(course: Course): AsyncGenerator<RecoveredModule, number | undefined, undefined> {
  const { model, caller, steps, repairs, holdings, pass, streams, gate } = course;
  let nll = await gate?.meanNll(pass);
  for (const blocks of steps) {
    const repaired = holdings.keep(new Holdings());
    for (const block of blocks) nll = yield* recoverBlock(course, block, nll, repaired);
    const isPassed = blocks.length === 1 && blocks.every((block) => isTried(block, course.request));
    if (streams.whole !== undefined && !isPassed) await passStep(model, blocks, streams.whole, caller);
    await streams.cut.advance(pass);
    await gate?.advance(pass);
    // No stream meets these blocks again.
    repairs.clear();
    repaired.release();
  }
  return nll;
}

/** @param nllBefore of the gate @returns that of the gate with what was decided */
async function* recoverBlock(
  { model, request, caller, repairs, pass, streams, gate }: Course,
  block: Block,
  nllBefore: number | undefined,
  repaired: Holdings,
): AsyncGenerator<RecoveredModule, number | undefined, undefined> {
  if (!isTried(block, request)) return nllBefore;
  const repair = await repairOf(model, block, streams, request, caller);
  repairs.set(block, await onDevice(repair, block, model.backend, repaired));
  const nllAfter = await gate?.meanNll(pass);
  const trial = trialOf(block, nllBefore, nllAfter);
  yield { module: { layer: block.layer, kind: block.kind }, repair, trial };
  if (trial?.accepted !== false) return nllAfter;
  repairs.delete(block);
  return nllBefore;
}

/** Recovers the final norm of streams that are behind all blocks. @param whole those of the whole model */
async function* recoverFinalNorm(
  { model, request, pass, passWith, streams, gate, holdings }: Course,
  whole: WindowStreams,
  nllBefore: number | undefined,
): AsyncGenerator<RecoveredModule, void, undefined> {
  const { backend, weights } = model;
  const module = { layer: weights.layers.count, kind: 'finalNorm' } as const;
  if (!isChosen(request.choice, module)) return;
  const gains = await refitFinalNorm(model, pass, streams.cut, whole);
  const finalNorm = withGains(weights.finalNorm, gains, backend, holdings);
  const nllAfter = await nllThrough(passWith({ finalNorm }), gate);
  yield { module, repair: { gains }, trial: trialOf(module, nllBefore, nllAfter) };
}

async function repairOf(
  model: LoadedWeights,
  block: Block,
  streams: FitStreams,
  { method, ridge }: RecoveryRequest,
  caller: Caller,
): Promise<BlockRepair> {
  const sums = await sumOverBlock(model, block, streams, method, caller);
  if (method === 'bias') return { bias: await compensateBlock(model, block, sums, streams.cut.tokens) };
  return { weight: await refitBlock(model, block, sums, ridge, caller) };
}

/** @throws BonsaiError WEIGHT_OUT_OF_RANGE naming the projection */
async function onDevice(
  repair: BlockRepair,
  { tensor }: Block,
  backend: Backend,
  holdings: Holdings,
): Promise<DeviceRepair> {
  if ('weight' in repair) {
    checkRange(repair.weight.data, tensor, backend);
    return { weight: holdings.keep(await backend.packWeight(repair.weight)) };
  }
  const { rows, cols, data } = repair.bias;
  return { bias: holdings.keep(backend.matrix(rows, cols, data)) };
}

/** Mean NLL of streams through a pass that nothing else needs. */
async function nllThrough(pass: ForwardPass, streams: WindowStreams | undefined): Promise<number | undefined> {
  try {
    return await streams?.meanNll(pass);
  } finally {
    await pass.release();
  }
}

/** A norm with other gains; an output that it has beside them, for a bias of the head, keeps its gain of 0. */
function withGains({ gain, bias }: Norm, { data }: HostMatrix, backend: Backend, holdings: Holdings): Norm {
  const gains = new Float32Array(gain.cols);
  gains.set(data);
  return { gain: holdings.keep(backend.matrix(1, gain.cols, gains)), bias };
}

/** @throws BonsaiError TEXT_EMPTY, WINDOW_LENGTH, TOKEN_OUT_OF_RANGE */
function checkText(windows: readonly Uint32Array[], field: string, config: ModelConfig): void {
  if (windows.length === 0)
    throw invalidArgument('TEXT_EMPTY', field, 'Recovery needs windows to fit on and to judge by.');
  checkWindows(windows, config, field);
}

const lengthsOf = (windows: readonly Uint32Array[]): number[] => windows.map((window) => window.length);

function trialOf({ layer, kind }: ModuleName, nllBefore?: number, nllAfter?: number): RecoveryTrial | undefined {
  if (nllBefore === undefined || nllAfter === undefined) return undefined;
  return { module: { layer, kind }, nllBefore, nllAfter, accepted: nllAfter < nllBefore };
}

function isTried(block: Block, { choice }: RecoveryRequest): boolean {
  return isHarmed(block) && isChosen(choice, block);
}

function isChosen(choice: RecoveryRequest['choice'], { layer, kind }: ModuleName): boolean {
  return 'heldOut' in choice || choice.modules.some((module) => layer === module.layer && kind === module.kind);
}
