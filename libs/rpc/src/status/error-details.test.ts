import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { loadSync } from '@grpc/proto-loader';
import type { AnyDefinition, MessageTypeDefinition } from '@grpc/proto-loader';
import fc from 'fast-check';
import { decodeErrorDetails, encodeErrorDetails } from './error-details.ts';
import type { ErrorDetails } from './error-details.ts';

const definitions = loadSync(fileURLToPath(new URL('../testing/error-details.proto', import.meta.url)), {
  keepCase: true,
});

function codec(name: string): MessageTypeDefinition<object, object> {
  const definition = definitions[`google.rpc.${name}`];
  if (definition === undefined || !isMessage(definition)) throw new Error(`no message ${name}`);
  return definition;
}

function isMessage(definition: AnyDefinition): definition is MessageTypeDefinition<object, object> {
  return 'format' in definition && 'serialize' in definition;
}

interface Any {
  readonly type_url: string;
  readonly value: Buffer;
}

const anyOf = (name: string, value: object): Any => ({
  type_url: `type.googleapis.com/google.rpc.${name}`,
  value: codec(name).serialize(value),
});

const example: ErrorDetails = {
  code: 3,
  message: 'Größe 3 ≠ 4: send one byte more.',
  reason: 'MASK_LENGTH',
  domain: 'bonsai',
  fieldViolations: [{ field: 'masks[3].layers[0].ffn_neurons', description: 'Send one byte more.' }],
};

describe('error details', () => {
  it('are what a general protobuf decoder reads as google.rpc.Status', () => {
    const status = codec('Status').deserialize(Buffer.from(encodeErrorDetails(example)));
    expect(status).toMatchObject({ code: 3, message: example.message });
    const details = (status as { details: Any[] }).details;
    expect(details.map((any) => any.type_url)).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
      'type.googleapis.com/google.rpc.BadRequest',
    ]);
    expect(codec('ErrorInfo').deserialize(details[0]!.value)).toMatchObject({
      reason: 'MASK_LENGTH',
      domain: 'bonsai',
    });
    expect(codec('BadRequest').deserialize(details[1]!.value)).toMatchObject({
      field_violations: example.fieldViolations,
    });
  });

  it('are read from what a general protobuf encoder writes, past fields and details that they do not know', () => {
    const bytes = codec('Status').serialize({
      code: example.code,
      message: example.message,
      details: [
        { type_url: 'type.googleapis.com/google.rpc.RetryInfo', value: Buffer.from([1, 2, 3]) },
        anyOf('ErrorInfo', { reason: example.reason, domain: example.domain, metadata: { service: 'scoring' } }),
        anyOf('BadRequest', { field_violations: example.fieldViolations }),
      ],
    });
    expect(decodeErrorDetails(bytes)).toEqual(example);
  });

  it('survive a round trip, whatever they say', () => {
    const details = fc.record({
      code: fc.integer({ min: 0, max: 16 }),
      message: fc.string({ unit: 'grapheme' }),
      reason: fc.string(),
      domain: fc.string(),
      fieldViolations: fc.array(fc.record({ field: fc.string(), description: fc.string({ unit: 'grapheme' }) })),
    });
    fc.assert(fc.property(details, (value) => expect(decodeErrorDetails(encodeErrorDetails(value))).toEqual(value)));
  });

  it('refuse bytes that are no message', () => {
    expect(() => decodeErrorDetails(Uint8Array.of(0xff, 0xff, 0xff))).toThrow();
  });
});
