import { access, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BonsaiError, isJsonObject, parseJsonObject } from '@bonsai/support';
import { corrupt } from '../checkpoint-errors.ts';
import { SafetensorsFile } from './safetensors-file.ts';
import type { SafetensorsEntry } from './header.ts';

export const SINGLE_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';

/** A tensor and the open file it lies in. */
export interface LocatedTensor {
  readonly file: SafetensorsFile;
  readonly entry: SafetensorsEntry;
}

export interface OpenShards {
  readonly files: readonly SafetensorsFile[];
  readonly tensors: ReadonlyMap<string, LocatedTensor>;
}

/**
 * Opens `model.safetensors`, or all shards that `model.safetensors.index.json` names.
 * @throws BonsaiError CHECKPOINT_NOT_FOUND, SHARD_MISSING, CHECKPOINT_CORRUPT
 */
export async function openShards(directory: string): Promise<OpenShards> {
  const index = (await exists(join(directory, SINGLE_FILE))) ? undefined : await readIndex(directory);
  const names = index === undefined ? [SINGLE_FILE] : [...new Set(index.values())].sort();
  const files: SafetensorsFile[] = [];
  try {
    for (const name of names) files.push(await openShard(directory, name));
    const tensors = locateTensors(files);
    if (index !== undefined) checkIndex(index, tensors);
    return { files, tensors };
  } catch (error) {
    await Promise.all(files.map((file) => file.close()));
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function openShard(directory: string, name: string): Promise<SafetensorsFile> {
  try {
    return await SafetensorsFile.open(join(directory, name), name);
  } catch (cause) {
    if (cause instanceof BonsaiError) throw cause;
    throw new BonsaiError(`Weight file ${name} of ${directory} cannot be opened; is the download complete?`, {
      code: 'FAILED_PRECONDITION',
      reason: 'SHARD_MISSING',
      field: name,
      cause,
    });
  }
}

/** What is there instead, and the cure. */
async function noSafetensors(directory: string): Promise<string> {
  const names = await readdir(directory).catch((): string[] => []);
  const pickled = names.find((name) => /^(pytorch_model|consolidated).*\.(bin|pth)$/.test(name));
  if (pickled === undefined) {
    return `${directory} holds neither ${SINGLE_FILE} nor ${INDEX_FILE}; give a Hugging Face checkpoint.`;
  }
  return (
    `${directory} holds its weights as ${pickled}, and no safetensors. Save them again in Python: ` +
    `AutoModelForCausalLM.from_pretrained(DIR, torch_dtype="auto").save_pretrained(NEW, safe_serialization=True), and the tokenizer with it.`
  );
}

/** Tensor name to file name. */
async function readIndex(directory: string): Promise<ReadonlyMap<string, string>> {
  const bytes = await readFile(join(directory, INDEX_FILE)).catch(async (cause: unknown) => {
    const message = await noSafetensors(directory);
    throw new BonsaiError(message, { code: 'NOT_FOUND', reason: 'CHECKPOINT_NOT_FOUND', field: directory, cause });
  });
  const weightMap = parseJsonObject(bytes)?.['weight_map'];
  if (!isJsonObject(weightMap)) throw corrupt(INDEX_FILE, `${INDEX_FILE} has no weight_map; download it again.`);
  const index = new Map<string, string>();
  for (const [tensor, file] of Object.entries(weightMap)) {
    if (typeof file !== 'string' || basename(file) !== file || !file.endsWith('.safetensors')) {
      throw corrupt(
        tensor,
        `${INDEX_FILE} puts tensor ${tensor} into ${JSON.stringify(file)}, which is not a file name.`,
      );
    }
    index.set(tensor, file);
  }
  if (index.size === 0) throw corrupt(INDEX_FILE, `The weight_map of ${INDEX_FILE} is empty; download it again.`);
  return index;
}

function locateTensors(files: readonly SafetensorsFile[]): ReadonlyMap<string, LocatedTensor> {
  const tensors = new Map<string, LocatedTensor>();
  for (const file of files) {
    for (const entry of file.entries) {
      const other = tensors.get(entry.name);
      if (other !== undefined) {
        throw corrupt(
          entry.name,
          `Tensor ${entry.name} is in both ${other.file.name} and ${file.name}; keep one of them.`,
        );
      }
      tensors.set(entry.name, { file, entry });
    }
  }
  return tensors;
}

function checkIndex(index: ReadonlyMap<string, string>, tensors: ReadonlyMap<string, LocatedTensor>): void {
  for (const [tensor, file] of index) {
    if (tensors.get(tensor)?.file.name !== file) {
      throw corrupt(
        tensor,
        `${INDEX_FILE} promises tensor ${tensor} in ${file}, but it is not there; download both again.`,
      );
    }
  }
}
