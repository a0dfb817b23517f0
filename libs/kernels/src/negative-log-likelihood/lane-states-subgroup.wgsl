// The lanes of the subgroup own the same rows.
fn storeState(state: State, row: u32, split: u32, lane: u32) {
  let top = subgroupMax(state.top);
  let sum = subgroupAdd(state.sum * exp(state.top - top));
  let found = subgroupAdd(state.found);
  if (row < parameters.rows && lane == 0u) {
    partials[partialOf(row, split)] = vec2f(top, sum);
    if (inSplit(state.wanted, split)) {
      targetLogits[row - parameters.firstRow] = found;
    }
  }
}

fn storeStates(states: ptr<function, States>, tile: u32, split: u32, lane: u32) {
  let row = tileRow(tile, lane);
  for (var i = 0u; i < 16u * ROW_BLOCKS; i++) {
    storeState((*states)[i], row + i, split, lane);
  }
}
