// Operands of x W^T for the tile schemes. A tile gives an invocation blocks of 16 rows of one vec4 of columns: ROW_BLOCKS
// below each other from `tileRow` on, times COLUMN_BLOCKS side by side from `tileColumn4` on.
alias Block = array<vec4f, 16>;

// Where a row begins; rows beyond the last repeat the last (their results are not stored).
fn rowStart(row: u32) -> u32 {
  return min(row, parameters.rows - 1u) * parameters.inputs4;
}

fn rowVec4(start: u32, column4: u32) -> vec4f {
  return x[start + column4];
}
