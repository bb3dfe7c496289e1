import { expect, it } from 'vitest';
import { apply, openTestCluster, until } from '../lib/deploy-cluster.ts';

it('says what a busy cluster holds when it is interrupted between two attempts', async () => {
  const { server, start } = await openTestCluster();
  let attempts = 0;
  server.faults.refuse = ({ method, path }) => {
    // The first one only asks whether the server would take it.
    const isLate = method === 'PATCH' && path.includes('/poddisruptionbudgets/') && ++attempts > 1;
    return isLate ? 503 : undefined;
  };
  const { ended, kill } = start(...apply('--cache', 'hostpath'));
  await until(() => attempts > 1);
  kill();
  const { status, stderr } = await ended;
  expect(status).toBe(130);
  expect(stderr).toContain('The cluster holds now');
  expect(stderr).not.toContain('bug');
});
