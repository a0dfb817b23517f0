export { NO_TARGET, ROW_STEP } from './backend.ts';
export type {
  AttentionShape,
  Backend,
  BackendMemory,
  GatedWeight,
  HostCopy,
  HostMatrix,
  HostRows,
  Indices,
  Matrix,
  Recorder,
  RowRange,
  Selection,
  StorageSizes,
  Weight,
  WeightPrecision,
} from './backend.ts';
export { groupCount } from './group-count.ts';
export {
  requireAttentionShape,
  requireKeptHeads,
  requireRotaryTable,
  requireGramShapes,
  requireRowRange,
  requireSelection,
  requireShape,
  requireThat,
} from './op-shapes.ts';
export { eachRow, wholeMatrix } from './host-rows.ts';
