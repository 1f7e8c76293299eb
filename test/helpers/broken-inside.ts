/**
 * A Node.js option that puts two faults into a process, as a bug of ours or of a library might be: for a text or a frame with these words
 * something throws an error that quotes it.
 */
const faults = `
import buffer from 'node:buffer';
import { syncBuiltinESMExports } from 'node:module';
const { isUtf8 } = buffer;
buffer.isUtf8 = (bytes) => {
  if (bytes.includes('fault-while-decoding')) throw new RangeError('not decoded:\\n    at ' + bytes);
  return isUtf8(bytes);
};
syncBuiltinESMExports();
const { isWellFormed } = String.prototype;
String.prototype.isWellFormed = function () {
  if (this.startsWith('fault-while-encoding')) throw new TypeError('not encoded: ' + this);
  return isWellFormed.call(this);
};
`;

export const breakInside = `--import=data:text/javascript,${encodeURIComponent(faults)}`;
