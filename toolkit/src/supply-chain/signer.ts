/** Signs statements. What it makes is a Sigstore bundle, which holds the statement, the signature and who signed. */
export interface StatementSigner {
  /** Who signs, for people: `key sha256:…`, `https://github.com/…/images.yml@refs/heads/main`. */
  readonly name: string;
  /** A Sigstore bundle (JSON, version 0.3) over an in-toto statement. @throws AimError remote or environment */
  sign(statement: Buffer): Promise<Buffer>;
  /** True for a bundle that this signer made and nobody changed. */
  recognizes(bundle: Buffer): Promise<boolean>;
}
