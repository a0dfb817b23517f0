import type { PruneOptions } from '../commands/prune.ts';
import { windowLength } from '../model/open-model.ts';
import type { LocalModel } from '../model/open-model.ts';
import { textWindows } from '../text/text-windows.ts';

/**
 * Token windows of the held-out text; undefined where none is named.
 * @throws BonsaiError TEXT_EMPTY, TEXT_TOO_SHORT, WINDOW_LENGTH, TOKENIZER_INVALID
 */
export async function openHeldOut(
  model: LocalModel,
  options: PruneOptions,
): Promise<readonly Uint32Array[] | undefined> {
  if (options.eval === undefined) return undefined;
  return textWindows({
    modelDirectory: model.directory,
    textFile: options.eval,
    context: windowLength(model, options.context),
    count: options.evalWindows,
    option: '--eval',
  });
}
