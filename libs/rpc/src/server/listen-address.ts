import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { BonsaiError, invalidArgument } from '@bonsai/support';

/** Longest path that fits sockaddr_un.sun_path with its end mark on Linux and macOS. */
const MAX_SOCKET_PATH_BYTES = 103;

/** Path of a `unix:` address, relative or absolute, with or without the empty authority; undefined for host:port. */
export function socketPath(address: string): string | undefined {
  if (!address.startsWith('unix:')) return undefined;
  const path = address.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (path === '') throw invalidArgument('ADDRESS_INVALID', 'address', 'Give a path after "unix:".');
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
    const message = `The socket path is longer than ${MAX_SOCKET_PATH_BYTES} bytes, which the system refuses; choose a shorter one: ${path}`;
    throw invalidArgument('ADDRESS_INVALID', 'address', message);
  }
  return path;
}

/** @throws BonsaiError ADDRESS_INVALID unless the address is `unix:PATH` or `HOST:PORT` (port 0: any free one) */
export function checkListenAddress(address: string): void {
  if (socketPath(address) !== undefined) return;
  const port = /^(?:\[[0-9a-fA-F:.]+\]|[^:/]+):(\d{1,5})$/.exec(address)?.[1];
  if (port === undefined || Number(port) > 65535) {
    const message = `"${address}" is no address to listen on; write unix:/path/to/socket or host:port, with port 0 for any free one.`;
    throw invalidArgument('ADDRESS_INVALID', 'address', message);
  }
}

/** The address that clients use once the port is known. */
export function boundAddress(address: string, port: number): string {
  return socketPath(address) === undefined ? address.replace(/:\d+$/, `:${port}`) : address;
}

/** Removes the socket file that a killed server left behind. @throws BonsaiError ADDRESS_IN_USE if a server still answers there */
export async function removeStaleSocket(path: string): Promise<void> {
  const file = await lstat(path).catch(() => undefined);
  if (file === undefined) return;
  if (!file.isSocket() || (await answers(path))) throw addressInUse(`unix:${path}`);
  await unlink(path);
}

export function addressInUse(address: string, cause?: unknown): BonsaiError {
  return new BonsaiError(`Cannot listen on ${address}: it is taken or not allowed; choose another address.`, {
    code: 'FAILED_PRECONDITION',
    reason: 'ADDRESS_IN_USE',
    field: 'address',
    cause,
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
