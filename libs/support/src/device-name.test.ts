import { expect, it } from '@jest/globals';
import { deviceName } from './device-name.ts';

it.each([
  ['AMD Radeon RX 7900 XTX', 'radv: Mesa 25.0.7', 'AMD Radeon RX 7900 XTX (radv: Mesa 25.0.7)'],
  ['AMD Radeon RX 6600', 'radv: Mesa 25.0.7', 'AMD Radeon RX 6600 (radv: Mesa 25.0.7)'],
  ['', 'radv: Mesa 25.0.7', 'radv: Mesa 25.0.7'],
  ['AMD Radeon RX 6600', '', 'AMD Radeon RX 6600'],
  ['', '', 'unknown device'],
])('the device %p with the description %p is %p', (device, description, name) => {
  expect(deviceName({ device, description })).toBe(name);
});
