import { existsSync } from 'node:fs';
import base from '../jest.base.mjs';
import { testTimeout } from './jest.config.mjs';

/** Where packages of Chromium and Chrome put SwiftShader, Google's Vulkan driver for CPUs. */
const DRIVERS = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/opt/google/chrome/vk_swiftshader_icd.json'];

const driver = DRIVERS.find((path) => existsSync(path));
if (driver === undefined) {
  throw new Error(`SwiftShader is at none of ${DRIVERS.join(', ')}; install it with: apt-get install chromium`);
}
process.env.VK_ICD_FILENAMES = driver;

export default { ...base, testTimeout, testMatch: ['<rootDir>/swiftshader/**/*.test.ts'] };
