import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';

/**
 * What travels in the trailer `grpc-status-details-bin`: a google.rpc.Status with a google.rpc.ErrorInfo and, for a wrong
 * argument, a google.rpc.BadRequest (https://google.aip.dev/193). The few fields used are coded here by hand; a test reads
 * them with a general protobuf decoder from the published definitions.
 */
export interface ErrorDetails {
  /** Number of the gRPC status. */
  readonly code: number;
  readonly message: string;
  readonly reason: string;
  readonly domain: string;
  readonly fieldViolations: readonly FieldViolation[];
}

export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** Trailer key of a google.rpc.Status, fixed by gRPC. */
export const STATUS_DETAILS_KEY = 'grpc-status-details-bin';

const ERROR_INFO_URL = 'type.googleapis.com/google.rpc.ErrorInfo';
const BAD_REQUEST_URL = 'type.googleapis.com/google.rpc.BadRequest';

/** Tag of a length-delimited field (wire type 2). */
const bytesTag = (field: number): number => (field << 3) | 2;
const varintTag = (field: number): number => field << 3;

export function encodeErrorDetails(details: ErrorDetails): Uint8Array {
  const writer = new BinaryWriter();
  writer.uint32(varintTag(1)).int32(details.code);
  writer.uint32(bytesTag(2)).string(details.message);
  writeAny(writer, ERROR_INFO_URL, encodePair(details.reason, details.domain));
  if (details.fieldViolations.length > 0) {
    const badRequest = new BinaryWriter();
    for (const { field, description } of details.fieldViolations) {
      badRequest.uint32(bytesTag(1)).bytes(encodePair(field, description));
    }
    writeAny(writer, BAD_REQUEST_URL, badRequest.finish());
  }
  return writer.finish();
}

function writeAny(writer: BinaryWriter, typeUrl: string, value: Uint8Array): void {
  const any = new BinaryWriter();
  any.uint32(bytesTag(1)).string(typeUrl);
  any.uint32(bytesTag(2)).bytes(value);
  writer.uint32(bytesTag(3)).bytes(any.finish());
}

/** ErrorInfo (reason, domain) and FieldViolation (field, description) both are texts in fields 1 and 2. */
function encodePair(first: string, second: string): Uint8Array {
  return new BinaryWriter().uint32(bytesTag(1)).string(first).uint32(bytesTag(2)).string(second).finish();
}

/** Unknown fields and details of other types are passed over. @throws Error on bytes that are no protobuf message */
export function decodeErrorDetails(bytes: Uint8Array): ErrorDetails {
  let code = 0;
  let message = '';
  let reason = '';
  let domain = '';
  const fieldViolations: FieldViolation[] = [];
  readFields(bytes, {
    1: (reader) => (code = reader.int32()),
    2: (reader) => (message = reader.string()),
    3: (reader) => {
      const { typeUrl, value } = decodeAny(reader.bytes());
      if (typeUrl === ERROR_INFO_URL) [reason, domain] = decodePair(value);
      if (typeUrl === BAD_REQUEST_URL) fieldViolations.push(...decodeBadRequest(value));
    },
  });
  return { code, message, reason, domain, fieldViolations };
}

function decodeAny(bytes: Uint8Array): { typeUrl: string; value: Uint8Array } {
  let typeUrl = '';
  let value: Uint8Array = new Uint8Array();
  readFields(bytes, {
    1: (reader) => (typeUrl = reader.string()),
    2: (reader) => (value = reader.bytes()),
  });
  return { typeUrl, value };
}

function decodeBadRequest(bytes: Uint8Array): FieldViolation[] {
  const violations: FieldViolation[] = [];
  readFields(bytes, {
    1: (reader) => {
      const [field, description] = decodePair(reader.bytes());
      violations.push({ field, description });
    },
  });
  return violations;
}

function decodePair(bytes: Uint8Array): [string, string] {
  const pair: [string, string] = ['', ''];
  readFields(bytes, {
    1: (reader) => (pair[0] = reader.string()),
    2: (reader) => (pair[1] = reader.string()),
  });
  return pair;
}

type FieldReaders = Readonly<Record<number, (reader: BinaryReader) => unknown>>;

function readFields(bytes: Uint8Array, readers: FieldReaders): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    const read = readers[field];
    if (read === undefined) reader.skip(wireType);
    else read(reader);
  }
}
