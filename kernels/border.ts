// Zeros around a map: a bordered map is (top + height + bottom) rows of (left + width + right) pixels, and only its border
// is written here. The arena is shared by values that live at different times, so every run draws its borders again.
//   for each row: all of it (above and below the map) or its two ends

/**
 * Rows `rowFrom` … `rowTo` of the bordered map at `map`, channels `from` … `to`. Bytes: `rowBytes` a row, `pixelBytes` a
 * pixel, `left` and `right` a row's ends.
 */
export function clearBorder(
  map: usize,
  rowBytes: usize,
  pixelBytes: usize,
  top: i32,
  height: i32,
  left: usize,
  right: usize,
  rowFrom: i32,
  rowTo: i32,
  from: usize,
  to: usize,
): void {
  for (let row = rowFrom; row < rowTo; row++) {
    const at = map + <usize>row * rowBytes;
    if (row < top || row >= top + height) {
      clear(at, rowBytes, pixelBytes, from, to);
    } else {
      clear(at, left, pixelBytes, from, to);
      clear(at + rowBytes - right, right, pixelBytes, from, to);
    }
  }
}

function clear(at: usize, bytes: usize, pixelBytes: usize, from: usize, to: usize): void {
  if (to - from === pixelBytes) {
    memory.fill(at, 0, bytes);
    return;
  }
  for (const end = at + bytes; at < end; at += pixelBytes) memory.fill(at + from, 0, to - from);
}
