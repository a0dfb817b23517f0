import type { JsonObject } from '@bonsai/support';
import { components } from './components.ts';
import type { TokenizerDefinition } from './tokenizer-definition.ts';

/** How SentencePiece writes a space. */
export const SPACE_MARK = '\u2581';

/** Whether a mark goes before a text: always, unless the text begins with a space (Metaspace), or never. */
export type SpacePrefix = 'always' | 'unless-there' | 'never';

export type SpaceMarking =
  /** Spaces become {@link SPACE_MARK} and nothing else happens to the text but the prefix. */
  | { readonly usual: true; readonly prefix: SpacePrefix }
  | { readonly usual: false; readonly field: 'normalizer' | 'pre_tokenizer'; readonly step: JsonObject };

/** Whether a tokenizer treats spaces as SentencePiece does, in the older (normalizer) or newer (pre-tokenizer) form. */
export function spaceMarking({ normalizer, preTokenizer }: TokenizerDefinition): SpaceMarking {
  let prefix: SpacePrefix = 'never';
  for (const step of components(normalizer, 'normalizers')) {
    if (step['type'] === 'Prepend' && step['prepend'] === SPACE_MARK) prefix = 'always';
    else if (!isSpaceReplacement(step)) return { usual: false, field: 'normalizer', step };
  }
  for (const step of components(preTokenizer, 'pretokenizers')) {
    if (step['type'] !== 'Metaspace' || step['split'] !== false) return { usual: false, field: 'pre_tokenizer', step };
    if (step['prepend_scheme'] !== 'never' && prefix === 'never') prefix = 'unless-there';
  }
  return { usual: true, prefix };
}

function isSpaceReplacement(step: JsonObject): boolean {
  return (
    step['type'] === 'Replace' && step['content'] === SPACE_MARK && JSON.stringify(step['pattern']) === '{"String":" "}'
  );
}
