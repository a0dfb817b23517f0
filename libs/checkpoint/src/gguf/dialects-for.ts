import { BonsaiError } from '@bonsai/support';
import { FAMILIES } from '../families/families.ts';
import type { ModelConfig, ModelFamily } from '../model-config.ts';
import type { GgufDialect } from './dialects.ts';

type Dialects = readonly [GgufDialect, ...GgufDialect[]];

/**
 * The architectures that a model may be written as, in the order of preference.
 * @param addedBiases whether its output projections get biases, though its family has none
 * @throws BonsaiError LAYOUT_NOT_SUPPORTED if there is none
 */
export function dialectsFor({ family, ropeScaling }: ModelConfig, addedBiases: boolean): Dialects {
  const all = FAMILIES[family].gguf;
  const rotated =
    ropeScaling === undefined ? all : (those(all, ({ rotaryDivisors }) => rotaryDivisors) ?? noScaling(family));
  if (!addedBiases) return rotated;
  return those(rotated, ({ layerTensors }) => 'attn_output.bias' in layerTensors) ?? noBiases(family);
}

function those(dialects: Dialects, fits: (dialect: GgufDialect) => boolean): Dialects | undefined {
  const [first, ...others] = dialects.filter(fits);
  return first === undefined ? undefined : [first, ...others];
}

function noScaling(family: ModelFamily): never {
  const message = `llama.cpp has no llama3 rope scaling for a ${family}; export to the Hugging Face format instead.`;
  throw new BonsaiError(message, {
    code: 'FAILED_PRECONDITION',
    reason: 'LAYOUT_NOT_SUPPORTED',
    field: 'rope_scaling',
  });
}

function noBiases(family: ModelFamily): never {
  const message = `llama.cpp has no place for biases of output projections in a ${family}; recover by least squares instead.`;
  throw new BonsaiError(message, { code: 'FAILED_PRECONDITION', reason: 'LAYOUT_NOT_SUPPORTED' });
}
