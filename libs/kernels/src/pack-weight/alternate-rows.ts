import { eachRow } from '@bonsai/ops';
import type { HostRows } from '@bonsai/ops';

/** First row of the one, first row of the other, second row of the one, and so on. */
export async function* alternateRows(one: HostRows, other: HostRows): AsyncGenerator<Float32Array, void, undefined> {
  const others = eachRow(other);
  try {
    for await (const row of eachRow(one)) {
      yield row;
      const next = await others.next();
      if (next.done !== true) yield next.value;
    }
  } finally {
    await others.return();
  }
}
