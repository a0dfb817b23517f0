/** Token ids of the largest logits, largest first; of equal ones the lower id comes first. At most as many as there are. */
export function topTokens(logits: Float32Array, count: number): Uint32Array {
  const top = new Uint32Array(Math.min(count, logits.length));
  const logitAt = (place: number): number => logits[top[place] as number] as number;
  let held = 0;
  let least = Infinity;
  // Of a large vocabulary, nearly all end at one comparison.
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token] as number;
    if (held === top.length && !(logit > least)) continue;
    if (held < top.length) held++;
    let place = held - 1;
    for (; place > 0 && logit > logitAt(place - 1); place--) top[place] = top[place - 1] as number;
    top[place] = token;
    least = logitAt(held - 1);
  }
  return top;
}
