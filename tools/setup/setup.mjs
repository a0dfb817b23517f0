import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { installDependencies } from './dependencies.mjs';
import { checkNodeVersion } from './node-version.mjs';
import { SetupError } from './setup-error.mjs';
import { vulkanEnvironment } from './vulkan.mjs';

/**
 * Makes the checkout ready to run: npm packages, compiled code, a Vulkan adapter. Does nothing that is done already.
 * @returns {NodeJS.ProcessEnv} the environment for programs that use the GPU
 */
export function setUp() {
  checkNodeVersion();
  installDependencies();
  build();
  return vulkanEnvironment();
}

/**
 * Sets up, then runs a program of the checkout; the exit code of this process tells how it went.
 * @param {(env: NodeJS.ProcessEnv) => boolean} program
 */
export function setUpAndRun(program) {
  try {
    if (!program(setUp())) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  setUpAndRun((env) => {
    const driver = env.VK_ICD_FILENAMES;
    if (driver !== process.env.VK_ICD_FILENAMES) {
      console.error(
        `Only one of the Vulkan drivers here works. Before you run bonsai: export VK_ICD_FILENAMES=${driver}`,
      );
    }
    return true;
  });
}
