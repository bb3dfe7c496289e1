/** Media types of what is attached to images; each is its artifact's type too. */
export const SBOM_TYPE = 'application/vnd.cyclonedx+json';
export const STATEMENT_TYPE = 'application/vnd.in-toto+json';
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
