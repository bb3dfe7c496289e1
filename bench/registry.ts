/**
 * `npm run bench:registry [-- PART…]` measures pushing without Docker against Debian's docker-registry: `fleet`
 * (50 models on a base of 60 layers behind a proxy that delays each request by 30 ms), `docker` (the catalogue, against
 * `docker build` and `docker push`, and `--load`) and `faults`. Without parts all of them. The registry and a Docker
 * Engine must be installed.
 */
import { startRealRegistry } from '../toolkit/test/lib/oci-real-registry.ts';
import { benchDocker } from './lib/registry-docker.ts';
import { benchFaults } from './lib/registry-faults.ts';
import { benchFleet } from './lib/registry-fleet.ts';
import type { Figure } from './lib/registry-run.ts';

const PARTS: Readonly<Record<string, (host: string) => Promise<Figure[]>>> = {
  fleet: benchFleet,
  docker: benchDocker,
  faults: benchFaults,
};

const chosen = process.argv.slice(2);
const registry = await startRealRegistry();
try {
  for (const [name, bench] of Object.entries(PARTS)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    for (const { what, value, target } of await bench(registry.host))
      console.log(`${what.padEnd(58)} ${value.padStart(14)}   ${target}`);
  }
} finally {
  await registry.stop();
}
