import { SPACE_MARK, spaceMarking } from './space-marks.ts';
import type { TokenizerDefinition } from './tokenizer-definition.ts';

type Encode = (text: string) => readonly number[];

/** Distinct words that are remembered; a text of 1 MB has some 50 000. */
const MEMORY_WORDS = 200_000;

/**
 * A tokenizer without pre-tokenizer merges over the whole text, which takes minutes for a few MB. Where no token has a
 * space after something else, no merge ever crosses the border before a space: words can be encoded one by one, with the
 * same result, and remembered.
 * @returns undefined where that does not hold for the tokenizer
 */
export function wordEncoder(definition: TokenizerDefinition, encode: Encode): Encode | undefined {
  const spaces = spaceMarking(definition);
  if (!spaces.usual || definition.modelType !== 'BPE' || !hasAllBytes(definition)) return undefined;
  for (const token of definition.vocabulary.keys()) if (CROSSES_WORDS.test(token)) return undefined;
  // Added tokens split the text before anything else happens to it.
  const added = [...definition.addedTokens.values()].map(({ content }) => content);
  const memory = new Map<string, readonly number[]>();
  return (text) => {
    if (added.some((content) => text.includes(content))) return encode(text);
    const ids: number[] = [];
    for (const [index, word] of words(text).entries()) {
      // All words but the first begin with a space, which the encoder may put there by itself.
      const bare = spaces.prefix === 'always' && index > 0 ? word.slice(1) : word;
      let known = memory.get(bare);
      if (known === undefined) {
        known = encode(bare);
        if (memory.size >= MEMORY_WORDS) memory.clear();
        memory.set(bare, known);
      }
      for (const id of known) ids.push(id);
    }
    return ids;
  };
}

const CROSSES_WORDS = new RegExp(`[^${SPACE_MARK}]${SPACE_MARK}`, 'u');

/** Before a space that follows something else and is not the last character: alone it would be nothing to encode. */
function words(text: string): string[] {
  return text.split(new RegExp(`(?<=[^ ${SPACE_MARK}])(?= [^])`, 'u'));
}

/** Without a byte for every unknown character, runs of them become one token, across words too. */
function hasAllBytes({ byteFallback, vocabulary }: TokenizerDefinition): boolean {
  if (!byteFallback) return false;
  for (let byte = 0; byte < 256; byte++) {
    if (!vocabulary.has(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)) return false;
  }
  return true;
}
