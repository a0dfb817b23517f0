import type { GpuDevice } from '@bonsai/gpu';
import { dispatch, type KernelShape } from '../kernel-context.ts';
import type { ParameterFields } from '../parameters.ts';

const GROUPS = 4;
const WORDS_PER_LANE = 4;

function probeKernel(lanes: number): KernelShape<ParameterFields> {
  return {
    variant: { op: 'subgroup-probe', constants: { LANES: lanes } },
    directives: ['include/enable-subgroups.wgsl'],
    files: ['probe/subgroup-probe.wgsl'],
    bindings: ['write'],
    fields: {},
  };
}

/** Whether workgroups of `lanes` invocations are subgroups with lanes in order of invocation, found out by running one. */
export async function subgroupsFormWorkgroups(device: GpuDevice, lanes: number): Promise<boolean> {
  const words = GROUPS * lanes * WORDS_PER_LANE;
  const byteLength = words * Uint32Array.BYTES_PER_ELEMENT;
  const out = device.allocate(byteLength, { label: 'subgroup probe', pooled: true });
  try {
    const probe = dispatch(probeKernel(lanes), { buffers: [out], parameters: {}, grid: [GROUPS, 1, 1] });
    await device.run([probe]);
    const seen = new Uint32Array(await device.read(out, byteLength));
    return seen.every((word, i) => {
      const lane = Math.floor(i / WORDS_PER_LANE) % lanes;
      return word === [lane, lane, lanes, lanes][i % WORDS_PER_LANE];
    });
  } finally {
    out.release();
  }
}
