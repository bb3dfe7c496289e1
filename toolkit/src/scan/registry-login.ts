import type { Credential } from '../oci/credential.ts';
import { END_OF_ARCHIVE, padding, renderHeader } from '../images/ustar.ts';

/**
 * A tar archive with a Docker configuration that knows one registry and nothing else of its user.
 * @param server name under which the registry's credentials are kept
 */
export function renderLogin(folder: string, server: string, credential: Credential): Buffer {
  const content = Buffer.from(JSON.stringify({ auths: { [server]: toEntry(credential) } }));
  const facts = { mode: 0o600, owner: 0, mtime: 0 };
  return Buffer.concat([
    renderHeader({ ...facts, kind: 'directory', path: folder, mode: 0o700, sizeBytes: 0 }),
    renderHeader({ ...facts, kind: 'file', path: `${folder}/config.json`, sizeBytes: content.length }),
    content,
    padding(content.length),
    END_OF_ARCHIVE,
  ]);
}

function toEntry(credential: Credential): object {
  switch (credential.kind) {
    case 'password':
      return { auth: Buffer.from(`${credential.username}:${credential.password}`).toString('base64') };
    case 'identity-token':
      return { identitytoken: credential.token };
    case 'registry-token':
      return { registrytoken: credential.token };
  }
}
