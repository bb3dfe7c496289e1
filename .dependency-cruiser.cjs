/** Import rules of the two workspaces; ARCHITECTURE.md says why. @type {import('dependency-cruiser').IConfiguration} */
const domains =
  'images|oci|versions|release|lint|estimate|profiles|engine-schema|bench|engine|recipes|models|deploy|docs|cache|documents|supply-chain|scan';

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'runtime-stands-alone',
      severity: 'error',
      from: { path: '^runtime/' },
      to: { path: '^toolkit/|node_modules/(dockerode|@oclif)' },
    },
    {
      name: 'nothing-imports-commands',
      severity: 'error',
      from: { pathNot: '^runtime/src/main\\.ts$|^(runtime|toolkit)/src/commands/' },
      to: { path: '^(runtime|toolkit)/src/commands/' },
    },
    {
      name: 'system-imports-no-domain',
      severity: 'error',
      from: { path: '^runtime/src/system/' },
      to: { path: '^runtime/src/(?!system/)' },
    },
    {
      name: 'adapters-import-no-domain',
      severity: 'error',
      from: { path: '^toolkit/src/(docker|kubernetes|oci)/' },
      to: { path: `^toolkit/src/(?:cli|commands|${domains.replace('oci|', '')})/` },
    },
    {
      name: 'domains-know-no-cli',
      severity: 'error',
      from: { path: `^toolkit/src/(?:docker|kubernetes|${domains})/` },
      to: { path: '^toolkit/src/(cli|commands)/' },
    },
    {
      name: 'runtime-through-its-exports',
      severity: 'error',
      from: { path: '^toolkit/src/' },
      to: {
        path: '^runtime/src/',
        pathNot: '^runtime/src/(cache|profile|engine|estimate|gpu|model|system)/index\\.ts$',
      },
    },
    {
      name: 'no-tests-in-source',
      severity: 'error',
      from: { path: '^(runtime|toolkit)/src/', pathNot: '\\.test\\.ts$' },
      to: { path: '/test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'default'] },
  },
};
