import type { GemmTile } from '../gemm-tile.ts';

/** What takes the place of matrix units: lanes that sum in f32, or in f16, as none may. */
type Products = 'emulated-products' | 'f16-sums';

/** The tile with lanes in the place of matrix units, which no CPU driver has; all else is the kernel as shipped. */
export function emulatedTile(tile: GemmTile, products: Products = 'emulated-products'): GemmTile {
  const emulation = ['testing/emulated-matrix-units.wgsl', `testing/${products}.wgsl`];
  return {
    ...tile,
    directives: ['include/enable-f16.wgsl'],
    files: tile.files.flatMap((file) => (file === 'include/matrix-units.wgsl' ? emulation : [file])),
  };
}
