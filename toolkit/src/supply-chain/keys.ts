import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf } from 'aim-runtime/system';
import { failure } from '../exit-codes.ts';

/** OpenSSL's and Node's name of P-256. */
const CURVE = 'prime256v1';
/** How to make a key that fits, for hints. */
const MAKE_KEY = 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes-256-cbc -out aim.key';

export interface KeyFile {
  readonly path: string;
  /** Undefined or empty for a key that is not encrypted. */
  readonly passphrase: string | undefined;
  /** Variable the passphrase comes from, for messages. */
  readonly passphraseVariable: string;
}

/** Reads a private key, PEM, ECDSA P-256. @throws AimError environment, or usage for another kind of key */
export function loadSigningKey({ path, passphrase, passphraseVariable }: KeyFile): KeyObject {
  const text = readKeyFile(path);
  if (text.includes('ENCRYPTED SIGSTORE PRIVATE KEY') || text.includes('ENCRYPTED COSIGN PRIVATE KEY')) {
    throw failure('usage', {
      message: `${path} is encrypted in cosign's own form, which only cosign reads`,
      hint: `Use a PEM key as OpenSSL writes it, for example of: ${MAKE_KEY}`,
    });
  }
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: text, ...(passphrase ? { passphrase } : {}) });
  } catch (error) {
    // The reasons OpenSSL gives name neither the key nor the passphrase.
    throw failure('environment', {
      message: `cannot read the private key in ${path}: ${messageOf(error)}`,
      hint: passphrase
        ? `Check the passphrase in ${passphraseVariable}.`
        : `If it is encrypted, set ${passphraseVariable}. To make one: ${MAKE_KEY}`,
    });
  }
  return checkCurve(key, path);
}

/** Reads a public key, PEM, ECDSA P-256. @throws AimError environment, or usage for another kind of key */
export function loadVerificationKey(path: string): KeyObject {
  const text = readKeyFile(path);
  if (text.includes('PRIVATE KEY')) {
    throw failure('usage', {
      message: `${path} holds a private key`,
      hint: `Give the public one: openssl pkey -in ${path} -pubout -out aim.pub`,
    });
  }
  let key: KeyObject;
  try {
    key = createPublicKey(text);
  } catch (error) {
    throw failure('usage', {
      message: `${path} holds no public key in PEM form: ${messageOf(error)}`,
      hint: 'Make it of the private key: openssl pkey -in aim.key -pubout -out aim.pub',
    });
  }
  return checkCurve(key, path);
}

/** Name of a public key: SHA-256 of its DER form. Bundles name the key they were signed with by it. */
export function fingerprintOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw failure('environment', {
      message: `cannot read the key ${path}: ${messageOf(error)}`,
      hint: 'Check the path and its rights.',
    });
  }
}

function checkCurve(key: KeyObject, path: string): KeyObject {
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === CURVE) return key;
  const kind = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? 'unknown';
  throw failure('usage', {
    message: `${path} holds a key of the kind ${kind}; signatures are made with ECDSA P-256`,
    hint: `Make one: ${MAKE_KEY}`,
  });
}
