// Four inputs of one column of `weight`, which is [inputs, columns] in pairs of columns, a row of `stride2` pairs: `pair` is
// where that of the first input is, and `odd` the place of the column in it.
fn columnVec4(pair: u32, stride2: u32, odd: u32) -> vec4f {
  return vec4f(
    pairOf(weight[pair])[odd],
    pairOf(weight[pair + stride2])[odd],
    pairOf(weight[pair + 2u * stride2])[odd],
    pairOf(weight[pair + 3u * stride2])[odd],
  );
}
