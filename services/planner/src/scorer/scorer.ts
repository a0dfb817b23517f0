import type {
  ExportFormat,
  ResourceCosts,
  LayerStatistics,
  RecoveryMethod,
  Measurement,
  RecoverySource,
  RecoveryTrial,
  StatisticKind,
  TriedRecovery,
  UnitSet,
  UnitTable,
  WindowLoss,
} from '@bonsai/pruning';
import type { ModelDescription, ModelRef } from '../jobs/job.ts';
import type { Precision } from '../jobs/job-settings.ts';

/** The model that windows are run through. */
export interface EvaluationBase {
  readonly model: ModelRef;
  readonly precision: Precision;
  readonly measurement: Measurement;
  readonly units: UnitTable;
  /** Units that are gone before anything runs. */
  readonly cut: UnitSet;
  /** What makes up for them; absent: nothing. */
  readonly recovery?: RecoverySource | undefined;
}

export interface MaskResult {
  /** Position among the masks of the request. */
  readonly mask: number;
  /** One per window. */
  readonly losses: readonly WindowLoss[];
}

/** A model as a scorer has it. */
export interface ServedModel extends ModelDescription {
  /** Of its weights on the device. */
  readonly precision: Exclude<Precision, 'auto'>;
  /** Of the export that was asked about; undefined where none was. */
  readonly exportSize: ExportSize | undefined;
}

/** A file whose size is to be told. */
export interface ExportQuestion {
  readonly format: ExportFormat;
  /** Whether output projections may get biases. */
  readonly recoversBiases: boolean;
}

/** Bytes of an exported file. */
export interface ExportSize {
  readonly costs: ResourceCosts;
  /** Whether layers of different widths make a smaller file, not one that is padded with zeros. */
  readonly widthsMayDiffer: boolean;
}

/** What a scorer says about its device. */
export interface ScorerDevice {
  /** For people, such as the name of the adapter. */
  readonly name: string;
  /** Device memory in use at the most since the scorer started. */
  readonly peakMemoryBytes: number;
  /** That share the algebra of its host; at least 1. */
  readonly hostThreads: number;
}

/** What a scorer would be asked for: a recovery, or statistics if any are named, else masks. */
export interface MemoryQuestion {
  readonly windowLengths: readonly number[];
  readonly masks: number;
  readonly statistics: readonly StatisticKind[];
  /** Fitted on the windows, judged by others of these lengths. */
  readonly recovery?: { readonly method: RecoveryMethod; readonly heldOutLengths: readonly number[] };
}

/** Passes of one window through a base. */
export interface LatencyQuestion {
  readonly windowLength: number;
  readonly passes: number;
}

/** Bytes of device memory at the peak of a request. */
export interface ReportedMemory {
  readonly weightBytes: number;
  readonly streamedWeightBytes: number;
  readonly activationBytes: number;
  readonly workspaceBytes: number;
}

/**
 * Runs forward passes. Every call may be repeated. All throw BonsaiError: SCORER_UNAVAILABLE if the scorer cannot be
 * reached or went away, DEADLINE_EXCEEDED if it hangs, else whatever the scorer says; CANCELLED if the signal aborts.
 */
export interface Scorer {
  describeDevice(signal: AbortSignal): Promise<ScorerDevice>;
  /** @param exported the file whose size is to be told too, if any */
  describeModel(
    model: ModelRef,
    precision: Precision,
    exported: ExportQuestion | undefined,
    signal: AbortSignal,
  ): Promise<ServedModel>;
  planMemory(base: EvaluationBase, question: MemoryQuestion, signal: AbortSignal): Promise<ReportedMemory>;
  /** Seconds of each pass, on one scorer that does nothing else meanwhile. */
  measureLatency(base: EvaluationBase, question: LatencyQuestion, signal: AbortSignal): Promise<number[]>;
  /** @param onWindow told how many windows are done */
  evaluate(
    base: EvaluationBase,
    windows: readonly Uint32Array[],
    signal: AbortSignal,
    onWindow?: (done: number) => void,
  ): Promise<WindowLoss[]>;
  /** Results as they come, every mask once. */
  evaluateMasks(
    base: EvaluationBase,
    windows: readonly Uint32Array[],
    masks: readonly UnitSet[],
    signal: AbortSignal,
  ): AsyncIterable<MaskResult>;
  /** @param onLayer told how many layers are done */
  collectStatistics(
    base: EvaluationBase,
    windows: readonly Uint32Array[],
    kinds: readonly StatisticKind[],
    signal: AbortSignal,
    onLayer?: (done: number) => void,
  ): Promise<LayerStatistics[]>;
  /**
   * What held-out windows say of the recovery of every module.
   * @param onTrial told how many modules were tried
   */
  recover(
    base: EvaluationBase,
    tried: TriedRecovery,
    signal: AbortSignal,
    onTrial?: (done: number) => void,
  ): Promise<RecoveryTrial[]>;
  /** The safetensors file of the base's recovered weights, in pieces. */
  recoveredWeights(base: EvaluationBase, signal: AbortSignal): AsyncIterable<Uint8Array>;
  close(): void;
}
