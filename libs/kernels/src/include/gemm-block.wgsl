// A tile gives an invocation ROW_BLOCKS blocks of 16 rows, below each other from `tileRow` on, of one vec4 of columns.
alias Block = array<vec4f, 16>;
alias Sums = array<Block, ROW_BLOCKS>;
