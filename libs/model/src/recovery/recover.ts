import type { ModelConfig } from '@bonsai/checkpoint';
import type { Backend } from '@bonsai/ops';
import type { ModuleName, RecoveryTrial } from '@bonsai/pruning';
import { invalidArgument } from '@bonsai/support';
import { checkWindows } from '../forward/check-request.ts';
import { ForwardPass } from '../forward/forward-pass.ts';
import { Holdings } from '../holdings.ts';
import { isBudgeted, makeRoom } from '../load/make-room.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import { isHarmed, stepLayers, stepsOf } from './blocks.ts';
import type { Block, DeviceRepair } from './blocks.ts';
import { compensateBlock } from './compensate-block.ts';
import type { RecoveredModule, RecoveryRequest, Repair } from './recovery-request.ts';
import { refitBlock } from './refit-block.ts';
import { WindowStreams } from './window-streams.ts';

/**
 * Repairs output projections block by block. Each is fitted to what the block did before any unit was removed, on the
 * inputs that it gets now, from blocks that are cut and recovered already: errors of the blocks before do not add up.
 * Where held-out windows decide, a recovery is kept only if it lowers their NLL, with the blocks behind it still cut only.
 * The model itself stays as it is. Blocks that lost nothing, or everything, are passed by.
 * @throws BonsaiError TOKEN_OUT_OF_RANGE, WINDOW_LENGTH, TEXT_EMPTY, SETTING_INVALID, CANCELLED, DEVICE_OUT_OF_MEMORY
 */
export async function* recover(
  model: LoadedWeights,
  request: RecoveryRequest,
  signal: AbortSignal | undefined,
): AsyncGenerator<RecoveredModule, void, undefined> {
  const { backend, checkpoint, weights } = model;
  const { windows, choice, method } = request;
  const heldOut = 'heldOut' in choice ? choice.heldOut : undefined;
  checkText(windows, 'windows', checkpoint.config);
  if (heldOut !== undefined) checkText(heldOut, 'held_out', checkpoint.config);
  const work = { recovery: { method, heldOut: lengthsOf(heldOut ?? []) } };
  const { maxRows } = await makeRoom(model, lengthsOf(windows), work, signal);
  const holdings = new Holdings();
  const steps = stepsOf(model);
  const repairs = new Map<Block, DeviceRepair>();
  const layers = stepLayers(weights.layers, steps, repairs);
  const options = { signal, layerByLayer: isBudgeted(model) };
  const pass = new ForwardPass(backend, checkpoint.config, { ...weights, layers }, options);
  try {
    const fit = holdings.keep(await WindowStreams.enter(model, pass, windows, maxRows));
    const gate = heldOut && holdings.keep(await WindowStreams.enter(model, pass, heldOut, maxRows));
    let nllBefore = await gate?.meanNll(pass);
    for (const blocks of steps) {
      const repaired = holdings.keep(new Holdings());
      for (const block of blocks) {
        if (!isHarmed(block) || !('heldOut' in choice || isAmong(choice.modules, block))) continue;
        const repair = await repairOf(model, block, fit, request, signal);
        repairs.set(block, await onDevice(repair, backend, repaired));
        const nllAfter = await gate?.meanNll(pass);
        const module = { layer: block.layer, kind: block.kind };
        const trial = trialOf(module, nllBefore, nllAfter);
        yield { module, repair, trial };
        if (trial?.accepted === false) repairs.delete(block);
        else nllBefore = nllAfter;
      }
      await fit.advance(pass);
      await gate?.advance(pass);
      // No stream meets these blocks again.
      repairs.clear();
      repaired.release();
    }
  } finally {
    await pass.release();
    holdings.release();
  }
}

async function repairOf(
  model: LoadedWeights,
  block: Block,
  streams: WindowStreams,
  { method, ridge }: RecoveryRequest,
  signal: AbortSignal | undefined,
): Promise<Repair> {
  if (method === 'bias') return { bias: await compensateBlock(model, block, streams, signal) };
  return { weight: await refitBlock(model, block, streams, ridge, signal) };
}

async function onDevice(repair: Repair, backend: Backend, holdings: Holdings): Promise<DeviceRepair> {
  if ('weight' in repair) return { weight: holdings.keep(await backend.packWeight(repair.weight)) };
  const { rows, cols, data } = repair.bias;
  return { bias: holdings.keep(backend.matrix(rows, cols, data)) };
}

/** @throws BonsaiError TEXT_EMPTY, WINDOW_LENGTH, TOKEN_OUT_OF_RANGE */
function checkText(windows: readonly Uint32Array[], field: string, config: ModelConfig): void {
  if (windows.length === 0)
    throw invalidArgument('TEXT_EMPTY', field, 'Recovery needs windows to fit on and to judge by.');
  checkWindows(windows, config);
}

const lengthsOf = (windows: readonly Uint32Array[]): number[] => windows.map((window) => window.length);

function trialOf(module: ModuleName, nllBefore?: number, nllAfter?: number): RecoveryTrial | undefined {
  if (nllBefore === undefined || nllAfter === undefined) return undefined;
  return { module, nllBefore, nllAfter, accepted: nllAfter < nllBefore };
}

function isAmong(modules: readonly ModuleName[], block: Block): boolean {
  return modules.some(({ layer, kind }) => layer === block.layer && kind === block.kind);
}
