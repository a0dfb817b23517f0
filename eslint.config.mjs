import nx from '@nx/eslint-plugin';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Who may import whom. The layers are the tags in the package.json files. */
const LAYERS = {
  support: [],
  pruning: ['support'],
  checkpoint: ['support', 'pruning'],
  ops: ['support'],
  gpu: ['support'],
  kernels: ['support', 'ops', 'gpu'],
  model: ['support', 'ops', 'checkpoint', 'pruning'],
  rpc: ['support', 'pruning'],
  scoring: ['support', 'rpc', 'model', 'ops', 'kernels', 'gpu', 'checkpoint', 'pruning'],
  planner: ['support', 'rpc', 'pruning'],
  cli: ['support', 'rpc', 'pruning', 'checkpoint', 'scoring', 'planner'],
  demo: ['cli'],
  bench: ['support', 'pruning', 'checkpoint', 'ops', 'gpu', 'kernels', 'model', 'planner', 'cli', 'demo'],
  test: ['*'],
};

/** Packages that only the named layers may import; nobody else learns how the job is done. */
const OWNERS = {
  webgpu: ['gpu'],
  '@grpc/*': ['rpc'],
  'grpc-health-check': ['rpc'],
  libsql: ['planner'],
  'gpu.js': ['pruning'],
};

/** Tests also speak to the services as strangers do. */
const OWNERS_IN_TESTS = { ...OWNERS, '@grpc/*': ['rpc', 'planner', 'test'] };

const moduleBoundaries = (owners) => {
  const depConstraints = Object.entries(LAYERS).map(([layer, allowed]) => ({
    sourceTag: `layer:${layer}`,
    onlyDependOnLibsWithTags: allowed[0] === '*' ? ['*'] : [layer, ...allowed].map((name) => `layer:${name}`),
    bannedExternalImports: Object.keys(owners).filter((name) => !owners[name].includes(layer)),
  }));
  return { '@nx/enforce-module-boundaries': ['error', { allow: [], depConstraints }] };
};

const tests = ['**/*.test.ts', '**/testing/**/*.ts', 'test/**/*.ts'];

/** What helps tests is not built, so that nothing of the product can rest on it. */
const FOR_TESTS = { regex: String.raw`(^|\/)testing(\/|$)`, message: 'Only tests may use what is made for tests.' };
const FOR_TESTS_LATER = { selector: `ImportExpression[source.value=/${FOR_TESTS.regex}/]`, message: FOR_TESTS.message };

/** Where an algorithm lives nothing may depend on the outside world: input, clock and randomness are arguments. */
const PURE_FOLDERS = ['libs/pruning/src', 'libs/ops/src'];
/** Beside files of the same library and other layers: packages that only compute. */
const PURE_IMPORTS = String.raw`^(?!\.{1,2}/|@bonsai/|gpu\.js$|ml-matrix$)`;
const PURELY_COMPUTING = { regex: PURE_IMPORTS, message: 'Only packages that purely compute may be used here.' };

/** Folders of the method, from the bottom up: none imports from one behind it. */
const METHOD_FOLDERS = [
  ...['linear-algebra', 'units', 'contract', 'selection', 'sampling', 'regression', 'recovery'],
  ...['prior', 'protection', 'constraints', 'target', 'procedure', 'plan'],
];
const methodLayers = METHOD_FOLDERS.slice(0, -1).map((folder, i) => ({
  files: [`libs/pruning/src/${folder}/**/*.ts`],
  ignores: tests,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          FOR_TESTS,
          PURELY_COMPUTING,
          {
            regex: `^\\.\\./(${METHOD_FOLDERS.slice(i + 1).join('|')})/`,
            message: `What is in ${folder} knows nothing of the folders above it.`,
          },
        ],
      },
    ],
  },
}));

const IMPURE_GLOBALS = [
  ...['process', 'globalThis', 'global', 'crypto', 'performance', 'fetch', 'require'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
];
const IMPURE_SYNTAX = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take the time as an argument.' },
  { selector: "CallExpression[callee.name='Date']", message: 'Take the time as an argument.' },
  { selector: 'ImportExpression', message: 'Import at the top, where the rule for imports sees it.' },
];
/** A method yields its questions; who answers them may have to wait, the method does not know. */
const WAITING_SYNTAX = [
  { selector: ':function[async=true]', message: 'Yield a question instead of waiting for an answer.' },
  { selector: 'AwaitExpression', message: 'Yield a question instead of waiting for an answer.' },
];
export default defineConfig(
  globalIgnores(['**/dist/', '**/gen/', '.nx/', '.bonsai/', 'bonsai-demo-out/', '**/node_modules/']),
  {
    files: ['**/*.mjs'],
    rules: { eqeqeq: 'error', 'no-unused-vars': 'error', 'prefer-const': 'error' },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { project: './tsconfig.tests.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...moduleBoundaries(OWNERS),
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // An interface may ask for a promise or an async iterable where the answer is at hand.
      '@typescript-eslint/require-await': 'off',
      // Arrays are indexed inside loops over their length; the check that an index exists would be noise there.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: tests,
    rules: {
      'no-restricted-imports': ['error', { patterns: [FOR_TESTS] }],
      'no-restricted-syntax': ['error', FOR_TESTS_LATER],
    },
  },
  {
    files: PURE_FOLDERS.map((folder) => `${folder}/**/*.ts`),
    ignores: tests,
    rules: {
      'no-restricted-imports': ['error', { patterns: [FOR_TESTS, PURELY_COMPUTING] }],
      'no-restricted-globals': ['error', ...IMPURE_GLOBALS],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Take a Random as an argument.' },
        { object: 'Date', property: 'now', message: 'Take the time as an argument.' },
      ],
      'no-restricted-syntax': ['error', ...IMPURE_SYNTAX],
    },
  },
  ...methodLayers,
  {
    files: ['libs/pruning/src/**/*.ts'],
    ignores: tests,
    rules: { 'no-restricted-syntax': ['error', ...IMPURE_SYNTAX, ...WAITING_SYNTAX] },
  },
  {
    files: tests,
    rules: {
      ...moduleBoundaries(OWNERS_IN_TESTS),
      // A test may assert what the type system cannot know.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
);
