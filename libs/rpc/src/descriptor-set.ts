import { readFileSync } from 'node:fs';

/** All .proto files of Bonsai with their imports, as a serialised google.protobuf.FileDescriptorSet. */
export function readDescriptorSet(): Buffer {
  return readFileSync(new URL('../src/gen/descriptor-set.binpb', import.meta.url));
}
