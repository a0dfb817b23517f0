import { writeFile } from 'node:fs/promises';

/** Writes any header before any data: what a damaged or lying file looks like. */
export async function writeRawSafetensors(
  path: string,
  header: string | object,
  data: Uint8Array,
  announcedHeaderBytes?: number,
): Promise<void> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(announcedHeaderBytes ?? json.byteLength));
  await writeFile(path, Buffer.concat([length, json, data]));
}
