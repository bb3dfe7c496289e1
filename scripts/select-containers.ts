import { isBuiltHere } from '../toolkit/src/images/list.ts';

/** What `docker ps --format` is given for {@link selectContainers}. */
export const CONTAINER_FORMAT = '{{.ID}}\t{{.Image}}\t{{.State}}\t{{.Names}}';

/** A container that keeps an image from being removed. */
export interface HoldingContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** True when something runs in it, paused or not. */
  readonly isInUse: boolean;
}

const IN_USE = ['running', 'paused', 'restarting'];
/** How the engine names an image that lost its name to a newer one. */
const NAMELESS = /^(?:sha256:)?[0-9a-f]{12,64}$/;

/** Containers in a list of {@link CONTAINER_FORMAT} whose image was built here, or has no name any more. */
export function selectContainers(list: string): HoldingContainer[] {
  return list
    .split('\n')
    .map((line) => line.trim().split('\t'))
    .map(([id = '', image = '', state = '', name = '']) => ({ id, image, name, isInUse: IN_USE.includes(state) }))
    .filter(({ image }) => isBuiltHere(image) || NAMELESS.test(image));
}
