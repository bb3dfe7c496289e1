// First code of the executable: runs the embedded bundle from its recorded bytecode.
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');
const source = Buffer.from(getRawAsset('bundle')).latin1Slice();
const script = new Script(source, { filename: 'aim-runtime', cachedData: Buffer.from(getRawAsset('code-cache')) });
script.runInThisContext()(require);
