// Maximum and sum of exponentials of a row's logits over one split of the vocabulary, and the logit of the row's target.
// Logits live in registers only.
struct Parameters {
  // Where the rows end.
  rows: u32,
  inputs4: u32,
  weightStride4: u32,
  // First token and number of tokens of this segment of the head.
  firstToken: u32,
  tokens: u32,
  tilesPerSplit: u32,
  columnsPerSplit: u32,
  tiles: u32,
  targetCount: u32,
  splits: u32,
  firstSplit: u32,
  firstRow: u32,
  firstRowTile: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<WeightUnit>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> partials: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> targetLogits: array<f32>;
var<immediate> parameters: Parameters;

const LOWEST = -3.4e38;

// Of one row, over the columns that one invocation has seen.
struct State {
  // Largest logit, and sum of exp(logit - largest).
  top: f32,
  sum: f32,
  // The target's column counted from the segment's first, and its logit, 0 while it has not been seen.
  wanted: u32,
  found: f32,
}

// Of the rows of one invocation.
alias States = array<State, 16u * ROW_BLOCKS>;

// Fetched once: the remainder costs as much as many multiply-adds on a CPU driver.
fn startState(row: u32) -> State {
  let wanted = targets[min(row, parameters.rows - 1u) % parameters.targetCount] - parameters.firstToken;
  return State(LOWEST, 0.0, wanted, 0.0);
}

// One step of the online log-sum-exp. Columns beyond the vocabulary do not count.
fn addLogits(state: State, logits: vec4f, column: u32) -> State {
  let columns = vec4u(column, column + 1u, column + 2u, column + 3u);
  let counts = columns < vec4u(parameters.tokens);
  let z = select(vec4f(LOWEST), logits, counts);
  let top = max(state.top, top4(z));
  let e = select(vec4f(), exp(z - top), counts);
  let sum = fma(state.sum, exp(state.top - top), sum4(e));
  let hit = select(vec4f(), logits, columns == vec4u(state.wanted));
  return State(top, sum, state.wanted, state.found + sum4(hit));
}

// Whether this split of the vocabulary has the target.
fn inSplit(wanted: u32, split: u32) -> bool {
  return wanted < parameters.tokens && wanted / parameters.columnsPerSplit == split;
}

// Place among the partial results, which are of these rows alone.
fn partialOf(row: u32, split: u32) -> u32 {
  return (row - parameters.firstRow) * parameters.splits + parameters.firstSplit + split;
}

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let rowTile = parameters.firstRowTile + group.x;
  openRows(vec3u(rowTile, 0u, 0u), lane);
  let row = tileRow(rowTile, lane);
  var states = States();
  for (var i = 0u; i < 16u * ROW_BLOCKS; i++) {
    states[i] = startState(row + i);
  }
  let end = min((group.y + 1u) * parameters.tilesPerSplit, parameters.tiles);
  for (var tile = group.y * parameters.tilesPerSplit; tile < end; tile++) {
    let logits = multiplyTile(vec3u(rowTile, tile, 0u), lane);
    let column = 4u * tileColumn4(tile, lane);
    for (var r = 0u; r < ROW_BLOCKS; r++) {
      for (var i = 0u; i < 16u; i++) {
        states[16u * r + i] = addLogits(states[16u * r + i], logits[r][i], column);
      }
    }
  }
  storeStates(&states, rowTile, group.y, lane);
}
