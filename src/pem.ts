const byteOrderMark = /^\xef\xbb\xbf/;

/**
 * PEM as text. Its blocks are ASCII; what stands around them is for people, in whatever encoding an editor has. A byte order mark of UTF-8 is left
 * out: OpenSSL would skip the block whose first line it stands in.
 */
export function pemText(bytes: Buffer): string {
  return bytes.toString('latin1').replace(byteOrderMark, '');
}
