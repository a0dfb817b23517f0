enable chromium_experimental_subgroup_matrix;
// Offsets follow from the place of a subgroup in its workgroup, which the analysis takes for the place of a lane.
diagnostic(off, chromium.subgroup_matrix_uniformity);
