import { afterAll, beforeAll } from '@jest/globals';
import { writeRecovered } from '@bonsai/checkpoint';
import type { Checkpoint } from '@bonsai/checkpoint';
import { openDevice } from '@bonsai/gpu';
import { createGpuBackend } from '@bonsai/kernels';
import { loadModel, recoveredTensors } from '@bonsai/model';
import type { RecoveredModule } from '@bonsai/model';
import type { Backend } from '@bonsai/ops';
import { RECOVERY_RIDGE } from '@bonsai/pruning';
import type { RecoveryMethod, UnitSet } from '@bonsai/pruning';

/** This project's evaluation as a scorer runs it, on one device for the tests of one file, with f32 weights. */
export class OwnEvaluation {
  #backend: Backend | undefined;

  async open(): Promise<void> {
    this.#backend = await createGpuBackend(await openDevice(), { precision: 'f32' });
  }

  async close(): Promise<void> {
    await this.#backend?.dispose();
  }

  /** Recovers all output projections, and the final norm, of a cut on windows and writes what it takes to a file. @returns how many there are */
  async recover(
    checkpoint: Checkpoint,
    cut: UnitSet,
    windows: readonly Uint32Array[],
    path: string,
    method: RecoveryMethod = 'alignedLeastSquares',
  ): Promise<number> {
    const model = await loadModel(this.#device(), checkpoint, cut);
    const recovered: RecoveredModule[] = [];
    const projections = model.units.blocks.map(({ layer, block: kind }) => ({ layer, kind }));
    const norm = { layer: checkpoint.config.layerCount, kind: 'finalNorm' } as const;
    const modules = [...projections, norm];
    const request = { method, ridge: RECOVERY_RIDGE, windows, choice: { modules } };
    for await (const module of model.recover(request)) recovered.push(module);
    model.release();
    await writeRecovered(path, recoveredTensors(recovered));
    return recovered.length;
  }

  /** Sum of the NLL of every window, with the cut compacted out of the weights. */
  async nllSums(checkpoint: Checkpoint, cut: UnitSet, windows: readonly Uint32Array[]): Promise<number[]> {
    const [sums] = await this.nllSumsOfMasks(checkpoint, cut, [new Uint8Array(cut.length)], windows);
    return sums ?? [];
  }

  /** By mask, then by window; masks on top of the cut. */
  async nllSumsOfMasks(
    checkpoint: Checkpoint,
    cut: UnitSet,
    masks: readonly UnitSet[],
    windows: readonly Uint32Array[],
  ): Promise<number[][]> {
    const model = await loadModel(this.#device(), checkpoint, cut);
    const sums: number[][] = [];
    for await (const mask of model.evaluate(windows, masks)) sums.push(mask.windows.map(({ nllSum }) => nllSum));
    model.release();
    return sums;
  }

  /**
   * NLL of tokens 1, 2, ... of a window: differences between the sums of its ever longer beginnings, which are exact,
   * because attention is causal and sums run in f64 in the order of tokens.
   */
  async tokenNll(checkpoint: Checkpoint, cut: UnitSet, window: Uint32Array): Promise<number[]> {
    const beginnings = Array.from({ length: window.length - 1 }, (_, i) => window.subarray(0, i + 2));
    const sums = await this.nllSums(checkpoint, cut, beginnings);
    return sums.map((sum, i) => sum - (sums[i - 1] ?? 0));
  }

  #device(): Backend {
    if (this.#backend === undefined) throw new Error('open the evaluation first');
    return this.#backend;
  }
}

/** Our evaluation for the tests of one file; they fail where there is no device. */
export function useOwnEvaluation(): OwnEvaluation {
  const evaluation = new OwnEvaluation();
  beforeAll(() => evaluation.open());
  afterAll(() => evaluation.close());
  return evaluation;
}
