import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

/** Lints text as if it were a file of the repository, without the rules that need types (the file does not exist). */
export class SnippetLinter {
  private readonly eslint = new ESLint({
    cwd: new URL('../..', import.meta.url).pathname,
    overrideConfig: {
      ...tseslint.configs.disableTypeChecked,
      files: ['**/*.ts'],
      languageOptions: { parserOptions: { project: null } },
    },
  });

  /** Names of the rules that the text breaks. */
  async brokenRules(file: string, code: string): Promise<string[]> {
    const [result] = await this.eslint.lintText(`${code}\n`, { filePath: file });
    return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
  }
}
