import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../../../src/images/canonical-json.ts';

interface ProposedEntry {
  readonly spec: { readonly proposedContent: { readonly envelope: string; readonly verifiers: readonly string[] } };
}
interface Envelope {
  readonly payload: string;
  readonly signatures: readonly { readonly sig: string }[];
}

/** A transparency log of version 1 of the API whose every tree has one entry. */
export interface Log {
  readonly publicKey: KeyObject;
  readonly logId: Buffer;
  /** How many entries it has taken. */
  readonly size: () => number;
  /** What it answers to a new entry. */
  add(proposed: ProposedEntry): Record<string, unknown>;
}

const sha256 = (...parts: readonly (Uint8Array | string)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export function createLog(name: string): Log {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const logId = sha256(publicKey.export({ type: 'spki', format: 'der' }));
  let size = 0;
  const checkpoint = (root: Buffer) => {
    const note = `${name}\n1\n${root.toString('base64')}\n`;
    const signature = Buffer.concat([logId.subarray(0, 4), sign('sha256', Buffer.from(note), privateKey)]);
    return `${note}\n\u2014 ${name} ${signature.toString('base64')}\n`;
  };
  const add = ({ spec }: ProposedEntry) => {
    const { envelope, verifiers } = spec.proposedContent;
    const { payload, signatures } = JSON.parse(envelope) as Envelope;
    const hash = (bytes: Uint8Array | string) => ({ algorithm: 'sha256', value: sha256(bytes).toString('hex') });
    const entry = {
      apiVersion: '0.0.1',
      kind: 'dsse',
      spec: {
        envelopeHash: hash(envelope),
        payloadHash: hash(Buffer.from(payload, 'base64')),
        signatures: signatures.map(({ sig }) => ({ signature: sig, verifier: verifiers[0] })),
      },
    };
    const bytes = canonicalJson(entry);
    const root = sha256(Buffer.from([0]), bytes);
    const facts = {
      body: bytes.toString('base64'),
      integratedTime: Math.floor(Date.now() / 1_000),
      logID: logId.toString('hex'),
      logIndex: 0,
    };
    size += 1;
    const proof = {
      logIndex: 0,
      treeSize: 1,
      rootHash: root.toString('hex'),
      hashes: [],
      checkpoint: checkpoint(root),
    };
    const promise = sign('sha256', canonicalJson(facts), privateKey).toString('base64');
    return { [`entry-${size}`]: { ...facts, verification: { signedEntryTimestamp: promise, inclusionProof: proof } } };
  };
  return { publicKey, logId, size: () => size, add };
}
