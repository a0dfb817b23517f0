// Causal attention with online softmax; an invocation is one query of one head. Rows of `qkv` hold queries, keys and
// values; head dimensions are even, hence the pairs. The unnormalised output accumulates in `out`.
struct Parameters {
  windowLength: u32,
  stride2: u32,
  outStride2: u32,
  queryHeads: u32,
  kvGroups: u32,
  // Half of the head dimension.
  pairs: u32,
  rows: u32,
  // 0 for no factors.
  masks: u32,
  factorStride: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> qkv: array<vec2f>;
@group(0) @binding(1) var<storage, read> factors: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec2f>;
var<immediate> parameters: Parameters;

const LOWEST = -3.4e38;
const BLOCK_KEYS = 32u;

// First and last row of the window at hand.
var<private> firstRow: u32;
var<private> lastRow: u32;

fn rowStart(row: u32) -> u32 {
  return min(row, lastRow) * parameters.stride2;
}

// Four values of a row of the window from pair `column2` on. What lies behind a head's last pair is some other finite
// value, which the query's zeros or the bounds of the store take out.
fn rowVec4(start: u32, column2: u32) -> vec4f {
  let end = parameters.stride2 - 1u;
  return vec4f(qkv[start + min(column2, end)], qkv[start + min(column2 + 1u, end)]);
}

fn queryVec4(row: u32, head: u32, pair: u32) -> vec4f {
  let value = rowVec4(rowStart(row), head * parameters.pairs + pair) * parameters.scale;
  let left = parameters.pairs - min(pair, parameters.pairs);
  return select(vec4f(), value, vec4u(0u, 0u, 1u, 1u) < vec4u(left));
}

fn keyColumn(head: u32) -> u32 {
  return (parameters.queryHeads + head / (parameters.queryHeads / parameters.kvGroups)) * parameters.pairs;
}

fn valueColumn(head: u32) -> u32 {
  return keyColumn(head) + parameters.kvGroups * parameters.pairs;
}

fn factorOf(row: u32, head: u32) -> f32 {
  if (parameters.masks == 0u) {
    return 1.0;
  }
  let group = head / (parameters.queryHeads / parameters.kvGroups);
  return factors[maskOfRow(row, parameters.rows, parameters.masks) * parameters.factorStride + group];
}

fn causal(scores: vec4f, key: u32, query: u32) -> vec4f {
  return select(vec4f(LOWEST), scores, vec4u(key, key + 1u, key + 2u, key + 3u) <= vec4u(query));
}

fn top4(value: vec4f) -> f32 {
  return max(max(value.x, value.y), max(value.z, value.w));
}

fn sum4(value: vec4f) -> f32 {
  return (value.x + value.y) + (value.z + value.w);
}

// out = out * decay + added; the first block of keys has nothing to decay.
fn accumulate(row: u32, head: u32, pair: u32, firstKey: u32, decay: f32, added: vec4f) {
  let at = row * parameters.outStride2 + head * parameters.pairs + pair;
  var low = added.xy;
  if (firstKey > 0u) {
    low = fma(out[at], vec2f(decay), low);
  }
  out[at] = low;
  if (pair + 1u < parameters.pairs) {
    var high = added.zw;
    if (firstKey > 0u) {
      high = fma(out[at + 1u], vec2f(decay), high);
    }
    out[at + 1u] = high;
  }
}

fn normalise(row: u32, head: u32, sum: f32) {
  let factor = factorOf(row, head) / sum;
  let first = row * parameters.outStride2 + head * parameters.pairs;
  for (var pair = 0u; pair < parameters.pairs; pair++) {
    out[first + pair] *= factor;
  }
}
