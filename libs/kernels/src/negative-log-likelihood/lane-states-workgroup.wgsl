var<workgroup> laneStates: array<vec3f, TILE_ROWS * TILE_COLUMNS4>;

fn shareState(state: State, at: u32) {
  laneStates[at] = vec3f(state.top, state.sum, state.found);
}

// The states of a tile go to workgroup memory, [row][column lane]; then every invocation merges one row in order.
fn storeStates(states: array<State, 16>, tile: u32, split: u32, lane: u32) {
  let first = lane / TILE_COLUMNS4 * 16u * TILE_COLUMNS4 + lane % TILE_COLUMNS4;
  shareState(states[0], first + 0u * TILE_COLUMNS4);
  shareState(states[1], first + 1u * TILE_COLUMNS4);
  shareState(states[2], first + 2u * TILE_COLUMNS4);
  shareState(states[3], first + 3u * TILE_COLUMNS4);
  shareState(states[4], first + 4u * TILE_COLUMNS4);
  shareState(states[5], first + 5u * TILE_COLUMNS4);
  shareState(states[6], first + 6u * TILE_COLUMNS4);
  shareState(states[7], first + 7u * TILE_COLUMNS4);
  shareState(states[8], first + 8u * TILE_COLUMNS4);
  shareState(states[9], first + 9u * TILE_COLUMNS4);
  shareState(states[10], first + 10u * TILE_COLUMNS4);
  shareState(states[11], first + 11u * TILE_COLUMNS4);
  shareState(states[12], first + 12u * TILE_COLUMNS4);
  shareState(states[13], first + 13u * TILE_COLUMNS4);
  shareState(states[14], first + 14u * TILE_COLUMNS4);
  shareState(states[15], first + 15u * TILE_COLUMNS4);
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
