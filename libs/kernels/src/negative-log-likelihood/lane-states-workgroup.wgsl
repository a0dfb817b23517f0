var<workgroup> laneStates: array<vec3f, TILE_ROWS * TILE_COLUMNS4>;

fn shareState(state: State, at: u32) {
  laneStates[at] = vec3f(state.top, state.sum, state.found);
}

// The states of a tile go to workgroup memory, [row][column lane]; then every invocation merges one row in order.
fn storeStates(states: ptr<function, States>, tile: u32, split: u32, lane: u32) {
  let first = lane / TILE_COLUMNS4 * 16u * TILE_COLUMNS4 + lane % TILE_COLUMNS4;
  for (var i = 0u; i < 16u; i++) {
    shareState((*states)[i], first + i * TILE_COLUMNS4);
  }
  workgroupBarrier();
  let own = lane * TILE_COLUMNS4;
  var merged = laneStates[own];
  for (var i = 1u; i < TILE_COLUMNS4; i++) {
    let state = laneStates[own + i];
    let top = max(merged.x, state.x);
    let sum = merged.y * exp(merged.x - top) + state.y * exp(state.x - top);
    merged = vec3f(top, sum, merged.z + state.z);
  }
  let row = tile * TILE_ROWS + lane;
  if (row < parameters.rows) {
    partials[row * parameters.splits + parameters.firstSplit + split] = merged.xy;
    if (inSplit(startState(row).wanted, split)) {
      targetLogits[row] = merged.z;
    }
  }
}
