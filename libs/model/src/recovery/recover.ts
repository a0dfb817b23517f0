import type { Backend } from '@bonsai/ops';
import { emptySet } from '@bonsai/pruning';
import type { ModuleName, RecoveryTrial } from '@bonsai/pruning';
import { invalidArgument } from '@bonsai/support';
import { keptWidths, widestActivation } from '../cost/kept-widths.ts';
import { checkWindows } from '../forward/check-request.ts';
import { ForwardPass } from '../forward/forward-pass.ts';
import { rowLimit } from '../forward/row-limit.ts';
import { Holdings } from '../holdings.ts';
import { isBudgeted, makeRoomBesideOthers } from '../load/make-room.ts';
import type { LoadedWeights } from '../loaded-weights.ts';
import { blockLayers, blocksOf, isHarmed } from './blocks.ts';
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
  const { windows, choice } = request;
  await makeRoomBesideOthers(model);
  const holdings = new Holdings();
  const repairs = new Map<number, DeviceRepair>();
  const layers = blockLayers(weights.layers, repairs);
  const options = { signal, layerByLayer: isBudgeted(model) };
  const pass = new ForwardPass(backend, checkpoint.config, { ...weights, layers }, options);
  try {
    const fit = await enter(model, pass, windows, 'windows', holdings);
    const gate = 'heldOut' in choice ? await enter(model, pass, choice.heldOut, 'held_out', holdings) : undefined;
    let nllBefore = await gate?.meanNll(pass);
    for (const [at, block] of blocksOf(model).entries()) {
      if (isHarmed(block) && ('heldOut' in choice || isAmong(choice.modules, block))) {
        const repair = await repairOf(model, block, fit, request, signal);
        repairs.set(at, await onDevice(repair, backend, holdings));
        const nllAfter = await gate?.meanNll(pass);
        const module = { layer: block.layer, kind: block.kind };
        const trial = trialOf(module, nllBefore, nllAfter);
        yield { module, repair, trial };
        if (trial?.accepted === false) repairs.delete(at);
        else nllBefore = nllAfter;
      }
      await fit.advance(pass);
      await gate?.advance(pass);
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

async function enter(
  model: LoadedWeights,
  pass: ForwardPass,
  windows: readonly Uint32Array[],
  field: string,
  holdings: Holdings,
): Promise<WindowStreams> {
  if (windows.length === 0)
    throw invalidArgument('TEXT_EMPTY', field, 'Recovery needs windows to fit on and to judge by.');
  checkWindows(windows, model.checkpoint.config);
  return holdings.keep(await WindowStreams.enter(model, pass, windows, maxRows(model, windows)));
}

/** Whole blocks go through the device beside cut ones; where memory is short, one window at a time. */
function maxRows(model: LoadedWeights, windows: readonly Uint32Array[]): number {
  const { backend, checkpoint, units, rowsPerChunk } = model;
  const { config } = checkpoint;
  const widest = widestActivation(config.hiddenSize, keptWidths(config, emptySet(units)));
  const lengths = windows.map((window) => window.length);
  return rowLimit(widest, backend.maxMatrixElements, isBudgeted(model) ? Math.max(...lengths) : rowsPerChunk, lengths);
}

function trialOf(module: ModuleName, nllBefore?: number, nllAfter?: number): RecoveryTrial | undefined {
  if (nllBefore === undefined || nllAfter === undefined) return undefined;
  return { module, nllBefore, nllAfter, accepted: nllAfter < nllBefore };
}

function isAmong(modules: readonly ModuleName[], block: Block): boolean {
  return modules.some(({ layer, kind }) => layer === block.layer && kind === block.kind);
}
