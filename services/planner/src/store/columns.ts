import { isArrayBuffer } from 'node:util/types';
import type { Row } from './database.ts';
import { storeFailed } from './store-error.ts';

/** Typed access to the columns of a row; a value of another type means that the file is not what the schema says. */
export function textColumn(row: Row, name: string): string {
  const value = row[name];
  if (typeof value !== 'string') throw wrongColumn(name);
  return value;
}

export function optionalTextColumn(row: Row, name: string): string | undefined {
  return row[name] === null ? undefined : textColumn(row, name);
}

export function numberColumn(row: Row, name: string): number {
  const value = row[name];
  if (typeof value !== 'number') throw wrongColumn(name);
  return value;
}

export function blobColumn(row: Row, name: string): Uint8Array {
  const value = row[name];
  // The native module answers with a Buffer or, inside a vm context, with the bare ArrayBuffer of another realm.
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (isArrayBuffer(value)) return new Uint8Array(value);
  throw wrongColumn(name);
}

function wrongColumn(name: string): Error {
  return storeFailed(`The store file is damaged: column ${name} has a value of the wrong type; restore a copy.`);
}
