// Zeros around a map: a bordered map is (top + height + bottom) rows of (left + width + right) pixels, and only its border
// is written here. The arena is shared by values that live at different times, so every run draws its borders again.
//   for each row: all of it (above and below the map) or its two ends

/** Rows `rowFrom` … `rowTo` of the bordered map at `map`. Bytes: `rowBytes` a row, `left` and `right` its ends. */
export function clearBorder(
  map: usize,
  rowBytes: usize,
  top: i32,
  height: i32,
  left: usize,
  right: usize,
  rowFrom: i32,
  rowTo: i32,
): void {
  for (let row = rowFrom; row < rowTo; row++) {
    const at = map + <usize>row * rowBytes;
    if (row < top || row >= top + height) {
      memory.fill(at, 0, rowBytes);
    } else {
      if (left > 0) memory.fill(at, 0, left);
      if (right > 0) memory.fill(at + rowBytes - right, 0, right);
    }
  }
}
