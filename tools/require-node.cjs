// Plain CommonJS, because it has to run on the old Node that it refuses.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 11)) {
  process.stderr.write(
    `nbwss-bridge needs Node 24.11 or later; this is ${process.version} (${process.platform} ${process.arch}).\n` +
      'On Linux x64 `npm ci` brings a Node 24 of its own, which npm scripts use: run it first.\n' +
      'Elsewhere install Node 24: https://nodejs.org/en/download\n',
  );
  process.exit(69);
}
