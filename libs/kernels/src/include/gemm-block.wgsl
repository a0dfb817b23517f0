// A tile gives an invocation blocks of 16 rows of one vec4 of columns: ROW_BLOCKS below each other from `tileRow` on, times
// COLUMN_BLOCKS side by side from `tileColumn4` on.
alias Block = array<vec4f, 16>;

fn rowVec4(start: u32, column4: u32) -> vec4f {
  return x[start + column4];
}
