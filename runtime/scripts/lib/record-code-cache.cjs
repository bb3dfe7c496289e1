// Child process of code-cache.ts: `record BUNDLE CACHE`, `sample FILE`, `verify BUNDLE CACHE`.
const { readFileSync, writeFileSync } = require('node:fs');
const { Script } = require('node:vm');
const { wrap, FILE_NAME } = require('./wrapper.cjs');

const [mode, first, second] = process.argv.slice(2);

if (mode === 'sample') {
  writeFileSync(first, new Script('0').createCachedData());
} else if (mode === 'record') {
  const script = new Script(wrap(readFileSync(first, 'latin1')), { filename: FILE_NAME });
  process.argv = [process.argv[0], first, 'dry-run', '--format', 'json'];
  process.on('exit', () => writeFileSync(second, script.createCachedData()));
  script.runInThisContext()(require);
} else {
  const script = new Script(wrap(readFileSync(first, 'latin1')), {
    filename: FILE_NAME,
    cachedData: readFileSync(second),
  });
  if (script.cachedDataRejected) throw new Error('V8 does not take the recorded code cache');
}
