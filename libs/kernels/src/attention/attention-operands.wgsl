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
  // Windows of one mask; 0 where nothing is selected.
  windowsPerMask: u32,
  keptStride4: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> qkv: array<vec2f>;
@group(0) @binding(1) var<storage, read> kept: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> out: array<vec2f>;
var<immediate> parameters: Parameters;

const LOWEST = -3.4e38;
const BLOCK_KEYS = 32u;

// First and last row of the window at hand.
var<private> firstRow: u32;
var<private> lastRow: u32;
// Query heads of the window's mask, and their groups.
var<private> queries: u32;
var<private> groups: u32;

fn openWindow(window: u32) {
  firstRow = window * parameters.windowLength;
  lastRow = firstRow + parameters.windowLength - 1u;
  queries = queriesOf(window);
  groups = groupsOf(window);
}

// Keys that the queries from `first` on see; none of a head that the window's mask does not keep.
fn keysOf(window: u32, head: u32, first: u32) -> u32 {
  let keys = min(first + QUERIES, parameters.windowLength);
  return select(0u, keys, head < queriesOf(window));
}

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
  return (queries + head * groups / queries) * parameters.pairs;
}

fn valueColumn(head: u32) -> u32 {
  return keyColumn(head) + groups * parameters.pairs;
}

fn causal(scores: vec4f, key: u32, query: u32) -> vec4f {
  return select(vec4f(LOWEST), scores, vec4u(key, key + 1u, key + 2u, key + 3u) <= vec4u(query));
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

// Zeros in a head that saw no key.
fn normalise(row: u32, head: u32, keys: u32, sum: f32) {
  let first = row * parameters.outStride2 + head * parameters.pairs;
  for (var pair = 0u; pair < parameters.pairs; pair++) {
    var value = vec2f();
    if (keys > 0u) {
      value = out[first + pair] * (1.0 / sum);
    }
    out[first + pair] = value;
  }
}
