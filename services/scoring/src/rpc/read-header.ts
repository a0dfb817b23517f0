import { invalidArgument } from '@bonsai/support';

/** One alternative of a oneof, as ts-proto types it. */
interface Alternative {
  readonly $case: string;
  readonly value: unknown;
}

type HeaderOf<Part extends Alternative> = Extract<Part, { $case: 'header' }>['value'];
type ChunkOf<Part extends Alternative> = Exclude<Part, { $case: 'header' }>;

/** The header of a request stream and the parts after it, among which there is no second header. */
export interface RequestStream<Part extends Alternative> {
  readonly header: HeaderOf<Part>;
  readonly chunks: AsyncIterable<ChunkOf<Part>>;
}

/** @throws BonsaiError REQUEST_INVALID unless the stream starts with a header; reading `chunks` throws it for a second one */
export async function readHeader<Part extends Alternative>(
  requests: AsyncIterable<{ readonly part: Part | undefined }>,
): Promise<RequestStream<Part>> {
  const messages = requests[Symbol.asyncIterator]();
  const first = await messages.next();
  const part = first.done === true ? undefined : first.value.part;
  if (part === undefined || !isHeader(part)) {
    throw invalidArgument('REQUEST_INVALID', 'header', 'Send the header as the first message of the stream.');
  }
  return { header: part.value, chunks: chunksAfter(messages) };
}

async function* chunksAfter<Part extends Alternative>(
  messages: AsyncIterator<{ readonly part: Part | undefined }>,
): AsyncGenerator<ChunkOf<Part>, void, undefined> {
  for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
    const { part } = next.value;
    if (part === undefined) {
      throw invalidArgument('REQUEST_INVALID', 'part', 'A message of the stream is empty; send a chunk in each.');
    }
    if (!isChunk(part)) {
      throw invalidArgument('REQUEST_INVALID', 'header', 'Send the header once, as the first message of the stream.');
    }
    yield part;
  }
}

function isHeader<Part extends Alternative>(part: Part): part is Extract<Part, { $case: 'header' }> {
  return part.$case === 'header';
}

function isChunk<Part extends Alternative>(part: Part): part is ChunkOf<Part> {
  return part.$case !== 'header';
}
