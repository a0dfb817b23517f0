const LANES_AT_ONCE = 4u;

// Of [row, column lane].
var<workgroup> laneStates: array<vec2f, TILE_ROWS * LANES_AT_ONCE>;

// The states of a tile go through workgroup memory, a few columns of lanes at a time; every invocation merges one row in
// order of the columns. There are as many rows as invocations.
fn storeStates(states: ptr<function, States>, tile: u32, split: u32, lane: u32) {
  let firstRow = tileRow(0u, lane);
  let column4 = tileColumn4(0u, lane);
  var merged = vec2f(LOWEST, 0.0);
  for (var group = 0u; group < TILE_COLUMNS4 / LANES_AT_ONCE; group++) {
    if (column4 / LANES_AT_ONCE == group) {
      for (var i = 0u; i < 16u; i++) {
        laneStates[(firstRow + i) * LANES_AT_ONCE + column4 % LANES_AT_ONCE] = vec2f((*states)[i].top, (*states)[i].sum);
      }
    }
    workgroupBarrier();
    for (var i = 0u; i < LANES_AT_ONCE; i++) {
      let state = laneStates[lane * LANES_AT_ONCE + i];
      let top = max(merged.x, state.x);
      merged = vec2f(top, merged.y * exp(merged.x - top) + state.y * exp(state.x - top));
    }
    workgroupBarrier();
  }
  let row = tile * TILE_ROWS + lane;
  if (row < parameters.rows) {
    partials[partialOf(row, split)] = merged;
  }
  for (var i = 0u; i < 16u; i++) {
    storeTarget((*states)[i], tile * TILE_ROWS + firstRow + i, split, column4);
  }
}

// The one invocation that has seen a row's target stores its logit.
fn storeTarget(state: State, row: u32, split: u32, column4: u32) {
  let seen = inSplit(state.wanted, split) && state.wanted / 4u % TILE_COLUMNS4 == column4;
  if (row < parameters.rows && seen) {
    targetLogits[row - parameters.firstRow] = state.found;
  }
}
