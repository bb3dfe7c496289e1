import type { DocumentedModel, DocumentedProfile } from './facts.ts';
import { escapeText, renderBlock, renderCode } from './markdown.ts';
import { modelFolder } from './model-page.ts';
import { renderPage, type Page } from './page.ts';

/** Registry that stands in commands until a reader puts in their own. */
const REGISTRY = 'ghcr.io/my-org';

/** Commands that run a model's image, the same for every model but for names and numbers. */
export function renderDeploymentPage(model: DocumentedModel, line: string): Page {
  const image = `${REGISTRY}/${model.repository}:${line}`;
  const parts = [
    `Commands to run ${renderCode(model.repository)}. \`${REGISTRY}\` stands for the registry that holds the images, ` +
      `\`${line}\` for the newest image of that line. ` +
      'Background: [docker](../../../docker.md), [kubernetes](../../../kubernetes.md), [kserve](../../../kserve.md), ' +
      '[model caching](../../../model-caching.md), [troubleshooting](../../../troubleshooting.md).',
    model.gated ? 'The model is gated: `HF_TOKEN` has to hold the token of an account that accepted its terms.' : '',
    '## See what would be started',
    renderBlock('sh', renderDryRun(model, image)),
    '## On one machine',
    renderBlock('sh', renderDockerRun(model, image)),
    'The same, waiting until the model answers:',
    renderBlock('sh', `aimctl launch ${model.aimId} --image ${image} --port 8000`),
    '## On Kubernetes',
    renderBlock('sh', renderDeployments(model, image)),
    '## Ask it',
    renderBlock('sh', renderQuestion(model)),
    '## Choose a profile',
    'Without a choice the image takes the best one that fits. To ask for one, set `AIM_PROFILE_ID`, for example:',
    chooseExamples(model.serving)
      .map(({ id, gpu, gpuCount, precision, metric }) => {
        return `- ${renderCode(id)}: ${gpuCount} × ${gpu}, ${precision}, for ${metric}`;
      })
      .join('\n'),
  ];
  return renderPage(`${modelFolder(model)}/DEPLOYMENT.md`, `Deploy ${escapeText(model.name)}`, parts);
}

/** On the GPUs of a profile that is taken without being named. */
function renderDryRun({ serving }: DocumentedModel, image: string): string {
  const profile = serving.find(({ automatic }) => automatic) ?? serving[0];
  const gpus = `-e AIM_GPU_MODEL=${profile?.gpu ?? 'MI300X'} -e AIM_GPU_COUNT=${profile?.gpuCount ?? 1}`;
  const named = profile?.automatic === false ? ` -e AIM_PROFILE_ID=${profile.id}` : '';
  const metric = profile?.metric === 'throughput' ? ' -e AIM_METRIC=throughput' : '';
  return `docker run --rm ${gpus}${named}${metric} ${image} dry-run`;
}

function renderDockerRun({ gated }: DocumentedModel, image: string): string {
  return [
    'docker run --rm --device=/dev/kfd --device=/dev/dri --group-add video --group-add render --shm-size 8g \\',
    `  -p 8000:8000 -v "$HOME/model-cache:/workspace/model-cache"${gated ? ' -e HF_TOKEN' : ''} \\`,
    `  ${image}`,
  ].join('\n');
}

function renderDeployments({ aimId, gated }: DocumentedModel, image: string): string {
  const secret = gated ? ' --hf-secret hf-token' : '';
  return ['kubernetes', 'kserve', 'aim-operator']
    .map((target) => `aimctl deploy ${aimId} --target ${target} --image ${image}${secret} --output ${target}`)
    .join('\n');
}

function renderQuestion({ aimId }: DocumentedModel): string {
  const question = { model: aimId, messages: [{ role: 'user', content: 'Name three rivers.' }] };
  return [
    'curl http://localhost:8000/v1/models',
    `curl http://localhost:8000/v1/chat/completions -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(question)}'`,
  ].join('\n');
}

/** The first profile of each GPU. */
function chooseExamples(profiles: readonly DocumentedProfile[]): DocumentedProfile[] {
  const seen = new Set<string>();
  return profiles.filter(({ gpu }) => !seen.has(gpu) && seen.add(gpu));
}
