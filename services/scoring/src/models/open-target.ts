import { modelShape } from '@bonsai/checkpoint';
import { UnitTable, checkRemoval } from '@bonsai/pruning';
import { unpackUnitSet } from '@bonsai/rpc';
import type { planProto, scoringProto } from '@bonsai/rpc';
import { invalidArgument } from '@bonsai/support';
import type { ScoringContext } from '../scoring-context.ts';
import { precisionOf } from './precision-of.ts';
import type { ModelTarget } from '../session/model-target.ts';

/** The model that a request works on, open until the request ends. */
export interface OpenTarget {
  readonly target: ModelTarget;
  readonly units: UnitTable;
}

interface TargetMessage {
  readonly model: scoringProto.ModelRef | undefined;
  readonly cut: planProto.UnitSet | undefined;
}

/**
 * Opens what a message names; whoever asked closes the target's checkpoint.
 * @param field of the message, with a dot behind it, or empty for the request itself
 * @throws BonsaiError naming the field at fault
 */
export async function openTarget(context: ScoringContext, message: TargetMessage, field: string): Promise<OpenTarget> {
  const model = requireModel(message.model, `${field}model`);
  const checkpoint = await context.models.open(model, `${field}model`);
  try {
    const precision = precisionOf(context, model, checkpoint, `${field}model.precision`);
    const units = new UnitTable(modelShape(checkpoint.config));
    const cut = unpackUnitSet(units, message.cut, `${field}cut`);
    checkRemoval(units, cut, `${field}cut`);
    return { target: { path: model.path, checkpoint, cut, precision, recovery: undefined }, units };
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

/** Opens what a header names, runs `body` with it, and closes it. @throws BonsaiError naming the header's field at fault */
export async function* withTarget<T>(
  context: ScoringContext,
  header: TargetMessage,
  body: (open: OpenTarget) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const open = await openTarget(context, header, 'header.');
  try {
    yield* body(open);
  } finally {
    await open.target.checkpoint.close();
  }
}

/** @throws BonsaiError REQUEST_INVALID */
export function requireModel(model: scoringProto.ModelRef | undefined, field: string): scoringProto.ModelRef {
  if (model === undefined) throw invalidArgument('REQUEST_INVALID', field, 'Name the model to work on.');
  return model;
}
