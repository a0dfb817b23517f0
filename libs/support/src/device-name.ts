/**
 * What tells one device from another, for people and in records: the description alone names the driver, which two different cards
 * may share.
 */
export function deviceName({ device, description }: { readonly device: string; readonly description: string }): string {
  if (device === '' || description === '') return device || description || 'unknown device';
  return `${device} (${description})`;
}
