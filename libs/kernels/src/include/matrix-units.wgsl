// The matrix units: 4 x 2 products of 16 x 16 per subgroup.
alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Result = subgroup_matrix_result<f32, 16, 16>;
alias Products = array<Result, 8>;

// products += tileInput x tileWeight, for the rows and columns of the subgroup.
fn addProducts(products: ptr<function, Products>, lane: u32) {
  let columns = 4u * TILE_COLUMNS4;
  for (var k = 0u; k < STEP; k += 16u) {
    let at = k * columns + subgroupColumn(lane);
    let right0 = subgroupMatrixLoad<Right, row_major>(&tileWeight, at, columns);
    let right1 = subgroupMatrixLoad<Right, row_major>(&tileWeight, at + 16u, columns);
    for (var block = 0u; block < 4u; block++) {
      let left = subgroupMatrixLoad<Left, row_major>(&tileInput, (subgroupRow(lane) + 16u * block) * STEP + k, STEP);
      (*products)[2u * block] = subgroupMatrixMultiplyAccumulate(left, right0, (*products)[2u * block]);
      (*products)[2u * block + 1u] = subgroupMatrixMultiplyAccumulate(left, right1, (*products)[2u * block + 1u]);
    }
  }
}

// Stores 16 rows of the subgroup's products to its part of tileSums.
fn storeProducts(products: ptr<function, Products>, block: u32, lane: u32) {
  let at = lane / SUBGROUP_LANES * 16u * SUBGROUP_COLUMNS;
  subgroupMatrixStore<row_major>(&tileSums, at, (*products)[2u * block], SUBGROUP_COLUMNS);
  subgroupMatrixStore<row_major>(&tileSums, at + 16u, (*products)[2u * block + 1u], SUBGROUP_COLUMNS);
}
