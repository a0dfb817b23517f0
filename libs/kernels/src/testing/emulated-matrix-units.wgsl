// Stands in for include/matrix-units.wgsl on drivers without matrix units: every lane computes its own sums.
alias Products = Block;

fn addProducts(products: ptr<function, Products>, lane: u32) {
  let row = subgroupRow(lane) + lane % SUBGROUP_LANES / 8u * 16u;
  let column = subgroupColumn(lane) + lane % 8u * 4u;
  for (var k = 0u; k < STEP; k++) {
    let at = k * 4u * TILE_COLUMNS4 + column;
    let right = vec4f(vec4h(tileWeight[at], tileWeight[at + 1u], tileWeight[at + 2u], tileWeight[at + 3u]));
    for (var i = 0u; i < 16u; i++) {
      (*products)[i] = addProduct(f32(tileInput[(row + i) * STEP + k]), right, (*products)[i]);
    }
  }
}

fn storeProducts(products: ptr<function, Products>, block: u32, lane: u32) {
  if (lane % SUBGROUP_LANES / 8u == block) {
    let first = lane / SUBGROUP_LANES * 16u * SUBGROUP_COLUMNS + lane % 8u * 4u;
    for (var i = 0u; i < 16u; i++) {
      let at = first + i * SUBGROUP_COLUMNS;
      tileSums[at] = (*products)[i].x;
      tileSums[at + 1u] = (*products)[i].y;
      tileSums[at + 2u] = (*products)[i].z;
      tileSums[at + 3u] = (*products)[i].w;
    }
  }
}
