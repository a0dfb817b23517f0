import { Long, loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { readDescriptorSet } from '../descriptor-set.ts';

type Decoder = (bytes: Buffer) => object;

let decoders: ReadonlyMap<string, Decoder> | undefined;

/**
 * The field of a request whose number is above the 2^53 - 1 that this service counts to, such as `spec.settings.seed`. Undefined
 * where there is none and where the bytes are no such request.
 * @param path of the method, such as /bonsai.v1.PlannerService/CreateJob
 */
export function oversizedNumber(path: string, bytes: Buffer): string | undefined {
  decoders ??= wideDecoders();
  try {
    return oversizedIn(decoders.get(path)?.(bytes), '');
  } catch {
    return undefined;
  }
}

/** By method; unlike the generated ones they take all 64 bits of a number. */
function wideDecoders(): Map<string, Decoder> {
  const found = new Map<string, Decoder>();
  for (const definition of Object.values(loadFileDescriptorSetFromBuffer(readDescriptorSet(), { keepCase: true }))) {
    if ('format' in definition) continue;
    for (const { path, requestDeserialize } of Object.values(definition)) found.set(path, requestDeserialize);
  }
  return found;
}

function oversizedIn(value: unknown, field: string): string | undefined {
  if (Long.isLong(value)) return value.greaterThan(Number.MAX_SAFE_INTEGER) ? field : undefined;
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const name = Array.isArray(value) ? `${field}[${key}]` : [field, key].filter(Boolean).join('.');
    const found = oversizedIn(inner, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
