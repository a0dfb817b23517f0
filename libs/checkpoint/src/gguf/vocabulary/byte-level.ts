import { components } from '../../tokenizer/components.ts';
import type { TokenizerDefinition } from '../../tokenizer/tokenizer-definition.ts';
import { text } from '../gguf-value.ts';
import type { GgufValue } from '../gguf-value.ts';
import { notInGguf } from './not-in-gguf.ts';
import { PRE_TOKENIZERS, preTokenizerSignature } from './pre-tokenizers.ts';
import type { PreTokenizer } from './pre-tokenizers.ts';
import { listTokens } from './token-list.ts';
import type { VocabularyModel } from './vocabulary.ts';

/**
 * A byte-level BPE (GPT-2, Llama 3): llama.cpp's "gpt2" vocabulary with its merges, and the name under which llama.cpp
 * knows the splitting into words that comes before them.
 * @throws BonsaiError LAYOUT_NOT_SUPPORTED, TOKENIZER_INVALID
 */
export function byteLevelVocabulary(definition: TokenizerDefinition, vocabSize: number): VocabularyModel {
  const pre = findPreTokenizer(definition);
  const tokens = listTokens(definition, vocabSize);
  const merges = definition.merges.map(([left, right]) => `${left} ${right}`);
  const entries: Array<readonly [string, GgufValue]> = [
    ['tokenizer.ggml.model', text('gpt2')],
    ['tokenizer.ggml.pre', text(pre.name)],
    ['tokenizer.ggml.tokens', { type: 'string[]', value: tokens.texts }],
    ['tokenizer.ggml.token_type', { type: 'i32[]', value: tokens.types }],
    ['tokenizer.ggml.merges', { type: 'string[]', value: merges }],
  ];
  return { entries, notes: differences(definition, pre) };
}

function findPreTokenizer({ preTokenizer, ignoreMerges }: TokenizerDefinition): PreTokenizer {
  const signature = preTokenizerSignature(components(preTokenizer, 'pretokenizers'));
  const candidates = PRE_TOKENIZERS.filter((known) => known.signature === signature);
  const pre = candidates.find((candidate) => candidate.ignoreMerges === ignoreMerges) ?? candidates[0];
  if (pre !== undefined) return pre;
  const known = PRE_TOKENIZERS.map(({ name }) => name).join(', ');
  throw notInGguf('pre_tokenizer', `the pre-tokenizer ${signature}; only those of ${known} are`);
}

function differences(definition: TokenizerDefinition, pre: PreTokenizer): string[] {
  const notes: string[] = [];
  const normalizer = components(definition.normalizer, 'normalizers').map((step) => String(step['type']));
  if (normalizer.length > 0)
    notes.push(`llama.cpp does not normalise text (${normalizer.join(', ')}) before it splits it.`);
  if (definition.ignoreMerges !== pre.ignoreMerges) {
    notes.push(`llama.cpp ${pre.ignoreMerges ? 'takes' : 'does not take'} whole words from the vocabulary first.`);
  }
  return notes;
}
