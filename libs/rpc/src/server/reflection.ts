import type { Server } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer, loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath } from 'grpc-health-check';
import { readDescriptorSet } from '../descriptor-set.ts';

/** Lets any client list and call the services of Bonsai, and health, without the .proto files. */
export function addReflection(server: Server): void {
  const reflection = new ReflectionService({
    ...loadFileDescriptorSetFromBuffer(readDescriptorSet()),
    ...loadSync(protoPath),
  });
  reflection.addToServer(server);
}
