import { beforeAll, describe, expect, it } from '@jest/globals';
import { SnippetLinter } from './snippet-linter.ts';

/** A file that breaks a rule of the architecture, and the rule that has to say so. */
const VIOLATIONS: readonly (readonly [file: string, code: string, rule: string])[] = [
  ['libs/support/src/x.ts', `import '@bonsai/pruning';`, '@nx/enforce-module-boundaries'],
  ['libs/pruning/src/x.ts', `import '@bonsai/checkpoint';`, '@nx/enforce-module-boundaries'],
  ['libs/ops/src/x.ts', `import '@bonsai/gpu';`, '@nx/enforce-module-boundaries'],
  ['libs/model/src/x.ts', `import '@bonsai/kernels';`, '@nx/enforce-module-boundaries'],
  ['libs/rpc/src/x.ts', `import '@bonsai/scoring';`, '@nx/enforce-module-boundaries'],
  ['services/planner/src/x.ts', `import '@bonsai/scoring';`, '@nx/enforce-module-boundaries'],
  ['services/scoring/src/x.ts', `import '@bonsai/planner';`, '@nx/enforce-module-boundaries'],
  ['libs/model/src/x.ts', `import '../../kernels/src/index.ts';`, '@nx/enforce-module-boundaries'],
  ['libs/kernels/src/x.ts', `import 'webgpu';`, '@nx/enforce-module-boundaries'],
  ['tools/cli/src/x.ts', `import '@grpc/grpc-js';`, '@nx/enforce-module-boundaries'],
  ['services/planner/src/x.ts', `import '@grpc/grpc-js';`, '@nx/enforce-module-boundaries'],
  ['services/scoring/src/x.ts', `import 'libsql';`, '@nx/enforce-module-boundaries'],
  ['services/planner/src/x.ts', `import 'gpu.js';`, '@nx/enforce-module-boundaries'],
  ['libs/pruning/src/x.ts', `import 'node:fs';`, 'no-restricted-imports'],
  ['libs/pruning/src/x.ts', `import 'node:fs/promises';`, 'no-restricted-imports'],
  ['libs/pruning/src/x.ts', `import 'net';`, 'no-restricted-imports'],
  ['libs/ops/src/x.ts', `import 'node:child_process';`, 'no-restricted-imports'],
  ['libs/pruning/src/x.ts', `import 'node:crypto';`, 'no-restricted-imports'],
  ['libs/pruning/src/x.ts', `import 'node:timers/promises';`, 'no-restricted-imports'],
  ['libs/pruning/src/units/x.ts', `import '../contract/ask.ts';`, 'no-restricted-imports'],
  ['libs/pruning/src/selection/x.ts', `import '../procedure/cut-once.ts';`, 'no-restricted-imports'],
  ['libs/pruning/src/procedure/x.ts', `import '../plan/plan-budget.ts';`, 'no-restricted-imports'],
  ['libs/pruning/src/units/x.ts', `import 'node:fs';`, 'no-restricted-imports'],
  ['libs/model/src/x.ts', `import '@bonsai/support/testing';`, 'no-restricted-imports'],
  ['libs/model/src/x.ts', `import './testing/y.ts';`, 'no-restricted-imports'],
  ['libs/model/src/x.ts', `export const x = import('@bonsai/support/testing');`, 'no-restricted-syntax'],
  ['libs/pruning/src/x.ts', `import '@bonsai/support/testing';`, 'no-restricted-imports'],
  ['libs/pruning/src/units/x.ts', `import '@bonsai/support/testing';`, 'no-restricted-imports'],
  ['libs/pruning/src/x.ts', `export const x = import('node:fs');`, 'no-restricted-syntax'],
  ['libs/pruning/src/x.ts', `export const x = async (): Promise<number> => 1;`, 'no-restricted-syntax'],
  ['libs/ops/src/x.ts', `export const x = globalThis.Math.random();`, 'no-restricted-globals'],
  ['libs/pruning/src/x.ts', `process.exit();`, 'no-restricted-globals'],
  ['libs/pruning/src/x.ts', `export const x = Math.random();`, 'no-restricted-properties'],
  ['libs/pruning/src/x.ts', `export const x = Date.now();`, 'no-restricted-properties'],
  ['libs/ops/src/x.ts', `export const x = new Date();`, 'no-restricted-syntax'],
  ['libs/ops/src/x.ts', `console.log(1);`, 'no-console'],
  ['libs/rpc/src/x.ts', `export const x: any = 1;`, '@typescript-eslint/no-explicit-any'],
  ['libs/rpc/src/x.ts', `// @ts-ignore\nexport const x = 1;`, '@typescript-eslint/ban-ts-comment'],
];

const ALLOWED: readonly (readonly [file: string, code: string])[] = [
  ['libs/pruning/src/x.ts', `import '@bonsai/support';\nimport './y.ts';\nimport 'gpu.js';`],
  ['libs/pruning/src/procedure/x.ts', `import '../contract/ask.ts';\nimport '../selection/budget.ts';`],
  ['libs/checkpoint/src/x.ts', `import '@bonsai/pruning';\nimport 'node:fs';`],
  ['libs/kernels/src/x.ts', `import '@bonsai/ops';\nimport '@bonsai/gpu';`],
  ['libs/gpu/src/x.ts', `import 'webgpu';`],
  ['services/planner/src/x.ts', `import '@bonsai/pruning';\nimport 'libsql';`],
  ['services/planner/src/testing/x.ts', `import '@grpc/grpc-js';`],
  ['libs/pruning/src/units/x.test.ts', `import '@bonsai/support/testing';\nimport '../testing/y.ts';`],
  ['test/cli/x.ts', `import '@bonsai/support/testing';`],
  ['tools/cli/src/x.ts', `import '@bonsai/planner';\nimport '@bonsai/scoring';`],
];

describe('the lint rules of the layers', () => {
  let linter: SnippetLinter;
  beforeAll(() => {
    linter = new SnippetLinter();
  });

  it.each(VIOLATIONS)('%s may not contain %j', async (file, code, rule) => {
    expect(await linter.brokenRules(file, code)).toContain(rule);
  });

  it.each(ALLOWED)('%s may contain %j', async (file, code) => {
    expect(await linter.brokenRules(file, code)).toEqual([]);
  });
});
