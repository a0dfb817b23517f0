/**
 * What one pass over the calibration windows tells about the units of one kind in one layer: parallel arrays over the
 * units of the ORIGINAL layer, 0 for units that are cut. x is the input of the output projection W (o_proj or
 * down_proj), j its column. A query head is reduced over its own columns, a KV group over those of its query heads: the
 * energies are summed, the others averaged.
 */
export interface UnitStatistics {
  /** mean_t |x_j| */
  readonly meanAbs: Float64Array;
  /** mean_i |W_ij| * rms_t(x_j), the Wanda score */
  readonly rmsTimesWeight: Float64Array;
  /**
   * The FLAP score: (f - mean) / deviation over the columns that the module has left, of f = Var_t(x_j) * ||W_:j||^2 for a
   * neuron's column and f = its square for the columns of a group or query head.
   */
  readonly standardFluctuation: Float64Array;
  /** mean_t(x_j^2) * ||W_:j||^2 */
  readonly outputEnergy: Float64Array;
  /**
   * ||W_:j||^2 / [H^-1]_jj, for a group tr(W_G [H^-1_GG]^-1 W_G^T) and for a query head the same over its columns, with H =
   * mean_t(x x^T); only if asked for
   */
  readonly obsEnergy: Float64Array | undefined;
}

export interface LayerStatistics {
  /** Mean over tokens of the squared norm of the residual stream after the attention block. */
  readonly attentionResidualEnergy: number;
  /** The same after the FFN block. */
  readonly ffnResidualEnergy: number;
  readonly kvGroups: UnitStatistics;
  /**
   * One entry per query head of the original layer, 0 for those that are cut or whose group is; absent where every group has
   * one.
   */
  readonly queryHeads?: UnitStatistics | undefined;
  readonly ffnNeurons: UnitStatistics;
  /** Mean over tokens of the cosine between the residual stream entering and leaving the layer; only if asked for. */
  readonly similarity: number | undefined;
}

export type StatisticKind = 'activation' | 'obs' | 'similarity';
