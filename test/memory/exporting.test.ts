import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { useTemporaryDirectory } from '@bonsai/support/testing';
import { VOCABULARY, writeHollowCheckpoint } from './hollow-checkpoint.ts';

const MIB = 2 ** 20;
const scratch = useTemporaryDirectory();
const main = fileURLToPath(new URL('export-main.mjs', import.meta.url));

/** The bundled model's tokenizer, with as many tokens more as the hollow checkpoint has. */
function writeTokenizer(path: string): void {
  const file = fileURLToPath(new URL('../../tools/demo/sotu-3M/tokenizer.json', import.meta.url));
  const tokenizer = JSON.parse(readFileSync(file, 'utf8')) as { model: { vocab: Record<string, number> } };
  const { vocab } = tokenizer.model;
  for (let id = Object.keys(vocab).length; id < VOCABULARY; id++) vocab[`token ${id}`] = id;
  writeFileSync(path, JSON.stringify(tokenizer));
}

/** Weights of 303 MiB; a process that held the embedding alone, as f32, would take 375 MiB more than before. */
it.each(['gguf', 'hf'])('exporting to %s streams the weights: the host never holds a large matrix', async (format) => {
  const model = scratch.path(`hollow-${format}`);
  const bytes = writeHollowCheckpoint(model);
  writeTokenizer(`${model}/tokenizer.json`);
  const out = scratch.path(`out-${format}`);
  const { stdout } = await promisify(execFile)(process.execPath, [main, model, format, out]);
  const written = statSync(format === 'gguf' ? out : `${out}/model.safetensors`).size;
  expect(written).toBeGreaterThan(0.75 * bytes);
  expect(written).toBeLessThan(bytes);
  expect(Number(stdout)).toBeGreaterThan(0);
  expect(Number(stdout)).toBeLessThan(192 * MIB);
});
