// Rows are ordered (mask, window, token): the mask that row `row` of `rows` belongs to.
fn maskOfRow(row: u32, rows: u32, masks: u32) -> u32 {
  return row / (rows / masks);
}
