// Python's `round`, which decides sizes and colours in timm and Pillow.

/** The nearest whole number; halves go to the even neighbour (16.5 → 16, 17.5 → 18), where `Math.round` goes up. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
