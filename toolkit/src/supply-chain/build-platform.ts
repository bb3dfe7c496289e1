/** Where an image is made. */
export interface BuildPlatform {
  /** URI of who answers for what the provenance says. */
  readonly builderId: string;
  /** URI of the run; undefined outside of a pipeline. */
  readonly invocationId: string | undefined;
  /** Address of the repository the sources come from, without `git+`; undefined when only the image tells. */
  readonly repositoryUrl: string | undefined;
}

/** A person's machine: nobody answers for it. */
const LOCAL_BUILDER = 'https://github.com/aim-build/aim-build/blob/main/docs/supply-chain.md#local-builder';

/**
 * GitHub Actions by its environment, else this machine.
 * @see https://docs.github.com/actions/reference/variables-reference
 */
export function readBuildPlatform(env: NodeJS.ProcessEnv): BuildPlatform {
  const server = env['GITHUB_SERVER_URL'];
  const repository = env['GITHUB_REPOSITORY'];
  const workflow = env['GITHUB_WORKFLOW_REF'];
  if (env['GITHUB_ACTIONS'] !== 'true' || !server || !repository || !workflow) {
    return { builderId: LOCAL_BUILDER, invocationId: undefined, repositoryUrl: undefined };
  }
  const run = env['GITHUB_RUN_ID'];
  return {
    builderId: `${server}/${workflow}`,
    invocationId: run
      ? `${server}/${repository}/actions/runs/${run}/attempts/${env['GITHUB_RUN_ATTEMPT'] || '1'}`
      : undefined,
    repositoryUrl: `${server}/${repository}`,
  };
}
