/** The part of the package that is used here: its own declarations import without file extensions, which NodeNext cannot follow. */
declare module '@huggingface/tokenizers' {
  export class Tokenizer {
    /** @param json content of tokenizer.json, @param config content of tokenizer_config.json */
    constructor(json: object, config: object);
    encode(text: string, options?: { readonly add_special_tokens?: boolean }): { readonly ids: number[] };
    decode(ids: number[], options?: { readonly clean_up_tokenization_spaces?: boolean }): string;
  }
}
