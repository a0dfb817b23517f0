import type { GpuDevice } from '@bonsai/gpu';
import type { WeightSegment } from '../device-storage.ts';

/** A segment of a packed weight on the host. */
export type HostSegment = Omit<WeightSegment, 'buffer'> & { readonly values: Uint32Array };

export async function copySegments(device: GpuDevice, segments: readonly WeightSegment[]): Promise<HostSegment[]> {
  const copies: HostSegment[] = [];
  for (const { buffer, ...plan } of segments) {
    copies.push({ ...plan, values: new Uint32Array(await device.read(buffer, buffer.byteLength)) });
  }
  return copies;
}

/** @throws BonsaiError DEVICE_OUT_OF_MEMORY */
export async function restoreSegments(device: GpuDevice, copies: readonly HostSegment[]): Promise<WeightSegment[]> {
  const segments: WeightSegment[] = [];
  try {
    for (const { values, ...plan } of copies) {
      const segment = { ...plan, buffer: device.allocate(values.byteLength, { label: 'weight', pooled: false }) };
      segments.push(segment);
      await device.upload(segment.buffer, values);
    }
  } catch (error) {
    for (const { buffer } of segments) buffer.release();
    throw error;
  }
  return segments;
}
