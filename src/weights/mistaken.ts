// Files that come under a weights name and are something else: said by name, so that nobody looks for a broken download.

import { textOf } from "./text.ts";

/** What `bytes` are if they are evidently no weights file, with what to do about it; undefined if nothing is evident. */
export function mistakenFor(bytes: Uint8Array): string | undefined {
  const start = textOf(bytes.subarray(0, 512));
  const text = TEXTS.find(({ sign }) => sign.test(start));
  if (text !== undefined) return text.says;
  return MAGICS.find(({ at, magic }) => magic.every((byte, i) => bytes[at + i] === byte))?.says;
}

const TEXTS: readonly { readonly sign: RegExp; readonly says: string }[] = [
  {
    sign: /^\s*<(!doctype|html|head|body|\?xml)/i,
    says: "an HTML page saved under a weights name, most likely an error page. Open its address in a browser to see what it says, then fetch the file itself.",
  },
  {
    sign: /^version https:\/\/git-lfs/,
    says: "a pointer of Git LFS, not the file it points to. Run git lfs pull, or fetch the file itself.",
  },
];

const MAGICS: readonly { readonly at: number; readonly magic: readonly number[]; readonly says: string }[] = [
  { at: 0, magic: [0x1f, 0x8b], says: "a gzip file. Unpack it with gunzip." },
  { at: 0, magic: [0x89, 0x48, 0x44, 0x46], says: "an HDF5 file, as Keras writes. Export it as safetensors." },
  {
    at: 257, // "ustar"
    magic: [0x75, 0x73, 0x74, 0x61, 0x72],
    says: "a tar archive, which a checkpoint is not, even if its name ends in .pth.tar. Unpack it with tar -xf.",
  },
];
