import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';
import { createContainerScanner } from '../scan/container-scanner.ts';
import { PINNED_SCANNER } from '../scan/pinned-scanner.ts';
import type { Scanner } from '../scan/scanner.ts';
import { ensureImage } from './ensure-image.ts';
import type { Session } from './session.ts';

/**
 * What looks for known vulnerabilities: its program on PATH, else its pinned image on an engine.
 * @param host engine to use; undefined for the usual ones
 * @throws AimError environment when there is neither
 */
export async function openScanner(session: Session, host: string | undefined): Promise<Scanner> {
  const program = await session.scannerProgram();
  if (program !== undefined) return program;
  try {
    const [engine, containers] = await Promise.all([session.connect(host), session.connectContainers(host)]);
    return createContainerScanner({
      scanner: PINNED_SCANNER,
      containers,
      engine,
      ensureImage: (reference) => ensureImage(engine, reference, session),
      findCredential: (repository) => session.findCredential(repository),
      signal: session.signal,
    });
  } catch (error) {
    throw noScanner(error);
  }
}

function noScanner(cause: unknown): Error {
  const { name, version } = PINNED_SCANNER;
  return failure('environment', {
    message: `there is no ${name} on PATH and no Docker Engine to run it: ${messageOf(cause)}`,
    hint: `Install ${name} ${version} (https://github.com/anchore/grype/releases/tag/v${version}) or start Docker.`,
    cause,
  });
}
