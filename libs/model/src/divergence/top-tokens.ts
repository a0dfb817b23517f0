/** Token ids of the largest logits, largest first; of equal ones the lower id comes first. At most as many as there are. */
export function topTokens(logits: Float32Array, count: number): Uint32Array {
  const top = new Uint32Array(Math.min(count, logits.length));
  const logitAt = (place: number): number => logits[top[place] as number] as number;
  let held = 0;
  for (const [token, logit] of logits.entries()) {
    if (held === top.length && !(logit > logitAt(held - 1))) continue;
    if (held < top.length) held++;
    let place = held - 1;
    for (; place > 0 && logit > logitAt(place - 1); place--) top[place] = top[place - 1] as number;
    top[place] = token;
  }
  return top;
}
