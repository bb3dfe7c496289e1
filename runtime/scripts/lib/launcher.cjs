// First code of the executable: runs the embedded bundle from its recorded bytecode, and parts of it on demand.
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');

const SCHEME = 'aim-runtime:';
const parts = new Map();
const textOf = (asset) => Buffer.from(getRawAsset(asset)).latin1Slice();

function load(name) {
  if (!name.startsWith(SCHEME)) return require(name);
  const part = parts.get(name) ?? { exports: {} };
  if (!parts.has(name)) {
    parts.set(name, part);
    const script = new Script(textOf(name.slice(SCHEME.length)), { filename: name });
    script.runInThisContext()(load, part, part.exports);
  }
  return part.exports;
}

const cachedData = Buffer.from(getRawAsset('code-cache'));
const script = new Script(textOf('bundle'), { filename: 'aim-runtime', cachedData });
script.runInThisContext()(load);
