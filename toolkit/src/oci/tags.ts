import { failure } from '../exit-codes.ts';
import type { Answer } from './exchange.ts';
import { formatRepository } from './reference.ts';
import type { ApiRequest } from './session.ts';
import type { Target } from './target.ts';
import { checkTarget } from './targets.ts';

const PAGE_SIZE = 1_000;
const MAX_PAGES = 1_000;

/** All tags of a repository; empty when there is no such repository. */
export async function listTags(target: Target): Promise<string[]> {
  const { repository } = target;
  const what = `list the tags of ${formatRepository(repository)}`;
  const first = `${repository.name}/tags/list?n=${PAGE_SIZE}`;
  const tags: string[] = [];
  for await (const page of pages(target, { target: first, what })) {
    if (page.status === 404) break;
    tags.push(...parseTags(page, what));
  }
  return tags;
}

/** Answers of a list, page after page as their Link headers say; one that is not there ends it. */
export async function* pages(
  { session, repository, access }: Target,
  first: Pick<ApiRequest, 'target' | 'what'>,
): AsyncGenerator<Answer> {
  const seen = new Set<string>();
  const accepts = ({ status }: Answer) => status === 404;
  for (let target = first.target; ;) {
    const request: ApiRequest = { ...first, method: 'GET', repository, access, target, accepts };
    const answer = await session.send(request);
    yield answer;
    const next = nextPage(answer, first.what);
    if (next === undefined) return;
    if (seen.has(next.href) || seen.size === MAX_PAGES)
      throw failure('remote', { message: `cannot ${first.what}: the pages of ${repository.host} have no end` });
    seen.add(next.href);
    target = next;
  }
}

/** Address of the following page. @see https://www.rfc-editor.org/rfc/rfc8288 */
function nextPage({ url, header }: Answer, what: string): URL | undefined {
  const address = /<([^>]*)>\s*;[^,]*\brel="?next\b/.exec(header('link') ?? '')?.[1];
  if (address === undefined) return undefined;
  const next = checkTarget(url, address, 'next page');
  if (next.origin === url.origin) return next;
  throw failure('remote', { message: `cannot ${what}: ${url.host} names ${next.host} for the next page` });
}

function parseTags({ body, url }: Answer, what: string): string[] {
  let tags: unknown;
  try {
    tags = (JSON.parse(body.toString('utf8')) as { tags?: unknown }).tags;
  } catch (error) {
    throw failure('remote', { message: `cannot ${what}: ${url.host} answered with no JSON`, cause: error });
  }
  // A repository that has lost all its tags has none of them, not an empty list.
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
}
