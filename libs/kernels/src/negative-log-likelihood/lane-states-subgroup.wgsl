// The lanes of the subgroup own the same 16 rows.
fn storeState(state: State, row: u32, split: u32, lane: u32) {
  let top = subgroupMax(state.top);
  let sum = subgroupAdd(state.sum * exp(state.top - top));
  let found = subgroupAdd(state.found);
  if (row < parameters.rows && lane == 0u) {
    partials[row * parameters.splits + parameters.firstSplit + split] = vec2f(top, sum);
    if (inSplit(state.wanted, split)) {
      targetLogits[row] = found;
    }
  }
}

fn storeStates(states: array<State, 16>, tile: u32, split: u32, lane: u32) {
  let row = tileRow(tile, lane);
  storeState(states[0], row + 0u, split, lane);
  storeState(states[1], row + 1u, split, lane);
  storeState(states[2], row + 2u, split, lane);
  storeState(states[3], row + 3u, split, lane);
  storeState(states[4], row + 4u, split, lane);
  storeState(states[5], row + 5u, split, lane);
  storeState(states[6], row + 6u, split, lane);
  storeState(states[7], row + 7u, split, lane);
  storeState(states[8], row + 8u, split, lane);
  storeState(states[9], row + 9u, split, lane);
  storeState(states[10], row + 10u, split, lane);
  storeState(states[11], row + 11u, split, lane);
  storeState(states[12], row + 12u, split, lane);
  storeState(states[13], row + 13u, split, lane);
  storeState(states[14], row + 14u, split, lane);
  storeState(states[15], row + 15u, split, lane);
}
